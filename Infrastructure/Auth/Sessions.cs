using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A session that was live when it was read, and when it ends by itself.</summary>
internal sealed record LiveSession(Caller Caller, DateTime ExpiresAt);

/// <summary>Finds the live session of a token. What ends one counts at once here, and on other replicas as soon as they hear of it.</summary>
internal sealed class Sessions(TimeProvider clock)
{
    private const string FindLive =
        """
        select a.account_id, a.op_id, a.op_name, a.op_level, a.op_function, a.kind, a.permissions, s.expires_at
        from session s
        join account a on a.account_id = s.account_id
        where s.session_id = @SessionId and s.ended_at is null and a.active
        """;

    /// <summary>The caller; null where the session has ended, or its account is not active any more.</summary>
    public async ValueTask<Caller?> FindCallerAsync(TokenIdentity identity, CallOrigin origin, CancellationToken cancellationToken)
    {
        var cache = identity.Tenant.Sessions;
        var session = Live(cache.Find(identity.SessionId))
            ?? Live(await cache.ReadAsync(identity.SessionId, () => ReadAsync(identity, cancellationToken))); // a refresh elsewhere may have prolonged it
        return session is null ? null : session.Caller with { Origin = origin };
    }

    private LiveSession? Live(LiveSession? session) => session?.ExpiresAt > clock.GetUtcNow().UtcDateTime ? session : null;

    private static async Task<LiveSession?> ReadAsync(TokenIdentity identity, CancellationToken cancellationToken)
    {
        await using var connection = await identity.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<Row>(new CommandDefinition(FindLive, new { identity.SessionId }, cancellationToken: cancellationToken));
        return row is null
            ? null
            : new LiveSession(
                new Caller(row.AccountId, row.OpId, row.OpName, row.OpLevel, row.OpFunction, row.Kind, row.Permissions, identity.SessionId, CallOrigin.Unknown), row.ExpiresAt);
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

        public DateTime ExpiresAt { get; init; }
    }
}
