using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;

namespace CrmImport.Features.Login;

/// <summary>Checks the password and opens a session; the session before it ends in the same transaction.</summary>
internal sealed class LoginHandler(PasswordHasher hasher, SessionIssuer issuer, TimeProvider clock) : IRequestHandler<LoginCommand, Answer<IssuedSession>>
{
    private const string FindOperator =
        """
        select account_id, op_id, op_name, op_level, op_function, password_hash
        from account
        where lower(op_id) = lower(@OpId) and kind = 'operator' and active
        """;

    // Two log-ins of one operator at once: the second waits here until the first has its session, and ends it.
    private const string LockAccount = "select account_id from account where account_id = @AccountId and active for update";

    private const string UpdateHash = "update account set password_hash = @PasswordHash where account_id = @AccountId";

    private const string EndEarlierSession =
        """
        update session set ended_at = @Now, ended_because = 'another log-in'
        where account_id = @AccountId and ended_at is null
        """;

    private const string DropExpiredSessions = "delete from session where account_id = @AccountId and expires_at < @Now";

    public async Task<Answer<IssuedSession>> Handle(LoginCommand request, CancellationToken cancellationToken)
    {
        var password = request.Credentials.Text(LoginEndpoint.OpPassword);
        var found = request.Tenant is null ? null : await FindAsync(request.Tenant, request.Credentials.Text(LoginEndpoint.OpId), cancellationToken);
        if (!await hasher.VerifyAsync(password, found?.PasswordHash, cancellationToken))
        {
            return new Refusal(ApiErrors.BadCredentials, "The operator or the password is wrong");
        }

        var newHash = hasher.IsOutdated(found!.PasswordHash!) ? await hasher.HashAsync(password, cancellationToken) : null;
        return await OpenSessionAsync(request.Tenant!, found, newHash, request.Origin);
    }

    private static async Task<Operator?> FindAsync(Tenant tenant, string opId, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleOrDefaultAsync<Operator>(new CommandDefinition(FindOperator, new { OpId = opId }, cancellationToken: cancellationToken));
    }

    private async Task<Answer<IssuedSession>> OpenSessionAsync(Tenant tenant, Operator found, string? newHash, CallOrigin origin)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        if (await connection.ExecuteScalarAsync<long?>(LockAccount, new { found.AccountId }) is null)
        {
            return new Refusal(ApiErrors.BadCredentials, "The operator or the password is wrong"); // deactivated since it was found
        }

        if (newHash is not null)
        {
            await connection.ExecuteAsync(UpdateHash, new { found.AccountId, PasswordHash = newHash });
        }

        await connection.ExecuteAsync(DropExpiredSessions, new { found.AccountId, Now = now });
        await connection.ExecuteAsync(EndEarlierSession, new { found.AccountId, Now = now });
        var session = await issuer.OpenAsync(connection, tenant, found, now);
        await AuditTrail.AddAsync(connection, new(found.OpId, "operator"), origin, "session", "created", StatusCodes.Status200OK, now, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        tenant.OnAccountChanged(found.AccountId);
        return session;
    }
}
