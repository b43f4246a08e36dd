using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Features.Sessions.RefreshSession;

/// <summary>Rotates the refresh token of a live session; a spent one that comes back after the grace was stolen from somebody, and ends the session.</summary>
internal sealed class RefreshSessionHandler(SessionIssuer issuer, IOptions<AuthOptions> options, TimeProvider clock)
    : IRequestHandler<RefreshSessionCommand, Answer<IssuedSession>>
{
    // The row lock lets equal refreshes pass one by one: the first rotates, the others find the token spent.
    private const string FindToken =
        """
        select t.session_id, t.spent_at, t.sealed_successor, s.ended_at, s.ended_because, s.account_id, a.op_id, a.op_name, a.op_level, a.op_function
        from refresh_token t
        join session s on s.session_id = t.session_id
        join account a on a.account_id = s.account_id
        where t.token_hash = @TokenHash and t.expires_at > @Now and a.active
        for update of t
        """;

    private const string Spend = "update refresh_token set spent_at = @Now, sealed_successor = @SealedSuccessor where token_hash = @TokenHash";

    private const string Extend = "update session set expires_at = @ExpiresAt where session_id = @SessionId";

    private const string DropExpired = "delete from refresh_token where session_id = @SessionId and expires_at < @Now";

    private const string IsUnspent = "select exists (select from refresh_token where token_hash = @TokenHash and spent_at is null)";

    private const string EndSession = "update session set ended_at = @Now, ended_because = 'a spent refresh token came back' where session_id = @SessionId";

    public async Task<Answer<IssuedSession>> Handle(RefreshSessionCommand request, CancellationToken cancellationToken)
    {
        if (request.Tenant is not { } tenant)
        {
            return Refused();
        }

        var presented = request.Body.Text(RefreshSessionEndpoint.RefreshToken);
        var now = clock.DatabaseNow();
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<TokenRow>(FindToken, new { TokenHash = RefreshTokens.Hash(presented), Now = now });
        if (row is not { EndedAt: null })
        {
            return row?.EndedBecause == SessionEnds.LaterLogin ? new Refusal(ApiErrors.BadRefreshToken, SessionEnds.LaterLoginMessage) : Refused();
        }

        var successor = row.SpentAt is { } spentAt
            ? await ReplayAsync(connection, row, presented, now - spentAt, request.Origin, now)
            : await RotateAsync(connection, tenant, row, presented, now);
        await transaction.CommitAsync(CancellationToken.None);
        TenantCredentials.Of(tenant).OnAccountChanged(row.AccountId);
        return successor is null ? Refused() : await issuer.IssueAsync(tenant, row.Operator, row.SessionId, successor);
    }

    private async Task<string> RotateAsync(NpgsqlConnection connection, Tenant tenant, TokenRow row, string presented, DateTime now)
    {
        var successor = await issuer.AddRefreshTokenAsync(connection, tenant, row.SessionId, now);
        await connection.ExecuteAsync(Spend, new { TokenHash = RefreshTokens.Hash(presented), Now = now, SealedSuccessor = RefreshTokens.Seal(successor, presented) });
        await connection.ExecuteAsync(Extend, new { row.SessionId, ExpiresAt = issuer.ExpiryOfRefresh(now) });
        await connection.ExecuteAsync(DropExpired, new { row.SessionId, Now = now });
        return successor;
    }

    private async Task<string?> ReplayAsync(NpgsqlConnection connection, TokenRow row, string presented, TimeSpan sinceSpent, CallOrigin origin, DateTime now)
    {
        if (sinceSpent > TimeSpan.FromSeconds(options.Value.RefreshGraceSeconds))
        {
            await connection.ExecuteAsync(EndSession, new { row.SessionId, Now = now });
            await AuditTrail.AddAsync(connection, new(row.OpId, AccountKinds.Operator), origin, RecordTypes.Session, "ended: a spent refresh token came back", StatusCodes.Status401Unauthorized, now, CancellationToken.None);
            return null;
        }

        var successor = RefreshTokens.Unseal(row.SealedSuccessor!, presented);
        return await connection.ExecuteScalarAsync<bool>(IsUnspent, new { TokenHash = RefreshTokens.Hash(successor) }) ? successor : null;
    }

    private static Refusal Refused() => new(ApiErrors.BadRefreshToken, "The refresh token is not valid");

    private sealed record TokenRow(
        Guid SessionId, DateTime? SpentAt, byte[]? SealedSuccessor, DateTime? EndedAt, string? EndedBecause, long AccountId, string OpId, string OpName, int OpLevel, int OpFunction)
    {
        public Operator Operator => new(AccountId, OpId, OpName, OpLevel, OpFunction, null);
    }
}
