using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Infrastructure.Auth;

/// <summary>An operator's account, as far as a session needs it.</summary>
internal sealed record Operator(long AccountId, string OpId, string OpName, int OpLevel, int OpFunction, string? PasswordHash);

/// <summary>A session as it is handed out, once: the operator and the two tokens.</summary>
internal sealed record IssuedSession(Operator Operator, string AccessToken, string RefreshToken);

/// <summary>Opens sessions and issues their tokens; login and refresh both hand out sessions through it.</summary>
internal sealed class SessionIssuer(AccessTokens accessTokens, IOptions<AuthOptions> options)
{
    private const string InsertSession =
        """
        insert into session (session_id, account_id, started_at, expires_at)
        values (@SessionId, @AccountId, @Now, @ExpiresAt)
        """;

    private const string InsertRefreshToken =
        """
        insert into refresh_token (token_hash, session_id, issued_at, expires_at)
        values (@TokenHash, @SessionId, @Now, @ExpiresAt)
        """;

    public async Task<IssuedSession> OpenAsync(NpgsqlConnection connection, Tenant tenant, Operator account, DateTime now)
    {
        var sessionId = Guid.CreateVersion7();
        await connection.ExecuteAsync(InsertSession, new { SessionId = sessionId, account.AccountId, Now = now, ExpiresAt = ExpiryOfRefresh(now) });
        return await IssueAsync(tenant, account, sessionId, await AddRefreshTokenAsync(connection, tenant, sessionId, now));
    }

    public async Task<string> AddRefreshTokenAsync(NpgsqlConnection connection, Tenant tenant, Guid sessionId, DateTime now)
    {
        var token = RefreshTokens.Generate(tenant.Name);
        await connection.ExecuteAsync(InsertRefreshToken, new { TokenHash = RefreshTokens.Hash(token), SessionId = sessionId, Now = now, ExpiresAt = ExpiryOfRefresh(now) });
        return token;
    }

    public async Task<IssuedSession> IssueAsync(Tenant tenant, Operator account, Guid sessionId, string refreshToken) =>
        new(account, await accessTokens.IssueAsync(tenant, account.OpId, sessionId), refreshToken);

    public DateTime ExpiryOfRefresh(DateTime now) => now.AddDays(options.Value.RefreshTokenDays);
}
