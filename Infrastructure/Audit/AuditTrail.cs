using CrmImport.Infrastructure.Auth;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Audit;

/// <summary>Writes the audit entry of a change that touches no contact (sessions), in the transaction of that change.</summary>
internal static class AuditTrail
{
    private const string Insert =
        """
        insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, trace_id)
        values (@At, @Account, @Kind, @Address, @Method, @Route, @Status, @Outcome, @RecordType, @TraceId)
        """;

    public static Task AddAsync(
        NpgsqlConnection connection, AuditedAccount who, CallOrigin origin, string recordType, string outcome, int status, DateTime at, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            Insert,
            new
            {
                At = at,
                Account = who.OpId,
                Kind = who.AuditKind,
                origin.Address,
                origin.Method,
                origin.Route,
                Status = (short)status,
                Outcome = outcome,
                RecordType = recordType,
                origin.TraceId,
            },
            cancellationToken: cancellationToken));
}

/// <summary>Who did it, told apart as InTouch asks: a person, or a client program.</summary>
internal readonly record struct AuditedAccount(string OpId, string AccountKind)
{
    public string AuditKind => AccountKind == "operator" ? "human" : "service";
}
