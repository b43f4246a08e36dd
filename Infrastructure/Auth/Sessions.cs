using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Looks up the live session of a token on every request, so that what ended it counts at once, on every replica.</summary>
internal sealed class Sessions(TimeProvider clock)
{
    private const string FindLive =
        """
        select a.account_id, a.op_id, a.op_name, a.op_level, a.op_function, a.kind, a.permissions
        from session s
        join account a on a.account_id = s.account_id
        where s.session_id = @SessionId and s.ended_at is null and s.expires_at > @Now and a.active
        """;

    /// <summary>The caller; null where the session has ended, or its account is not active any more.</summary>
    public async Task<Caller?> FindCallerAsync(TokenIdentity identity, CallOrigin origin, CancellationToken cancellationToken)
    {
        await using var connection = await identity.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(
            FindLive, new { identity.SessionId, Now = clock.GetUtcNow().UtcDateTime }, cancellationToken: cancellationToken));
        return row is null
            ? null
            : new Caller(row.AccountId, row.OpId, row.OpName, row.OpLevel, row.OpFunction, row.Kind, row.Permissions, identity.SessionId, origin);
    }

    // Set by Dapper; no positional record, since the driver says of an array column no more than that it is an array.
    private sealed class Row
    {
        public long AccountId { get; init; }

        public string OpId { get; init; } = "";

        public string OpName { get; init; } = "";

        public int OpLevel { get; init; }

        public int OpFunction { get; init; }

        public string Kind { get; init; } = "";

        public string[] Permissions { get; init; } = [];
    }
}
