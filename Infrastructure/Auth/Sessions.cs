using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A session that was live when it was read, and when it ends by itself.</summary>
internal sealed record LiveSession(Caller Caller, DateTime ExpiresAt);

/// <summary>Why a session ended, as far as its holder is told.</summary>
internal static class SessionEnds
{
    /// <summary>As stored in <c>ended_because</c>.</summary>
    public const string LaterLogin = "another login";

    /// <summary>What the holder of a token is told of its end.</summary>
    public const string LaterLoginMessage = "A later login ended this session (setting sessionsPerOperator)";

    private const string Find = "select ended_because from session where session_id = @SessionId and ended_at is not null";

    /// <summary>Whether a later log-in ended the session.</summary>
    public static async Task<bool> IsByLaterLoginAsync(Tenant tenant, Guid sessionId, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(Find, new { SessionId = sessionId }, cancellationToken: cancellationToken)) == LaterLogin;
    }
}

/// <summary>Finds the live session of a token. What ends one counts at once here, and on other replicas as soon as they hear of it.</summary>
internal sealed class Sessions(TimeProvider clock)
{
    private const string FindLive =
        """
        select a.account_id, a.op_id, a.op_name, a.op_level, a.op_function, a.kind, a.permissions, a.strict_fields, s.expires_at
        from session s
        join account a on a.account_id = s.account_id
        where s.session_id = @SessionId and s.ended_at is null and a.active and a.kind = 'operator'
        """;

    /// <summary>The caller; null where the session has ended, or its account is not active any more.</summary>
    public async ValueTask<Caller?> FindCallerAsync(TokenIdentity identity, CallOrigin origin, CancellationToken cancellationToken)
    {
        var cache = TenantCredentials.Of(identity.Tenant).Sessions;
        var session = Live(cache.Find(identity.SessionId))
            ?? Live(await cache.ReadAsync(identity.SessionId, () => ReadAsync(identity, cancellationToken))); // a refresh elsewhere may have prolonged it
        return session is null ? null : session.Caller with { Origin = origin };
    }

    private LiveSession? Live(LiveSession? session) => session?.ExpiresAt > clock.GetUtcNow().UtcDateTime ? session : null;

    private static async Task<LiveSession?> ReadAsync(TokenIdentity identity, CancellationToken cancellationToken)
    {
        await using var connection = await identity.Tenant.Db.OpenConnectionAsync(cancellationToken);
        var sessions = await connection.QueryAsync<CallerRow, DateTime, LiveSession>(
            new CommandDefinition(FindLive, new { identity.SessionId }, cancellationToken: cancellationToken),
            (account, expiresAt) => new LiveSession(account.ToCaller(identity.SessionId), expiresAt),
            splitOn: "expires_at");
        return sessions.SingleOrDefault();
    }
}
