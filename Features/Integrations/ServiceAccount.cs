using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using Dapper;
using Npgsql;

namespace CrmImport.Features.Integrations;

/// <summary>The account an endpoint and its keys speak for, locked against a change of its rights while they are dealt with.</summary>
internal sealed class ServiceAccount
{
    private const string Find =
        """
        select op_id, op_level, permissions
        from account
        where lower(op_id) = lower(@OpId) and kind = 'service'
        for share
        """;

    public string OpId { get; init; } = "";

    public int OpLevel { get; init; }

    public string[] Permissions { get; init; } = [];

    /// <summary>Null where there is no service account of that id.</summary>
    public static async Task<ServiceAccount?> FindAsync(NpgsqlConnection connection, string opId) => await connection.QuerySingleOrDefaultAsync<ServiceAccount>(Find, new { OpId = opId });

    /// <summary>Whoever holds a key may do what its account may: nobody gets more that way than the caller may give.</summary>
    public Refusal? CheckManagedBy(Caller caller) =>
        caller.IsOwner || (OpLevel < Caller.OwnerLevel && (caller.Can(Infrastructure.Callers.Permissions.Admin) || Permissions.All(caller.Can)))
            ? null
            : new Refusal(ApiErrors.Forbidden, $"{OpId} has permissions that you do not have");
}
