using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;

namespace CrmImport.Features.Sessions.Login;

/// <summary>Checks the password and opens a session; the oldest beyond what the database allows an operator end in the same transaction.</summary>
internal sealed class LoginHandler(PasswordCheck passwords, SessionIssuer issuer, TimeProvider clock) : IRequestHandler<LoginCommand, Answer<IssuedSession>>
{
    // Two logins of one operator at once: the second waits here until the first has its session, and sees it.
    private const string LockAccount = "select account_id from account where account_id = @AccountId and active and password_hash = @PasswordHash for update";

    private const string EndOldestSessions =
        $"""
        update session set ended_at = @Now, ended_because = '{SessionEnds.LaterLogin}'
        where session_id in (
            select session_id from session where account_id = @AccountId and ended_at is null
            order by started_at desc, session_id
            offset (select sessions_per_operator - 1 from database_setting)
        )
        """;

    private const string DropExpiredSessions = "delete from session where account_id = @AccountId and expires_at < @Now";

    public async Task<Answer<IssuedSession>> Handle(LoginCommand request, CancellationToken cancellationToken)
    {
        var (opId, password) = (request.Credentials.Text(LoginEndpoint.OpId), request.Credentials.Text(LoginEndpoint.OpPassword));
        var found = await passwords.FindAsync(new(request.Tenant, request.Database, AccountKinds.Operator, opId, password, request.Origin), cancellationToken);
        return found.Refusal is { } refusal ? refusal : await OpenSessionAsync(request.Tenant!, found.Value, request.Origin);
    }

    private async Task<Answer<IssuedSession>> OpenSessionAsync(Tenant tenant, Operator found, CallOrigin origin)
    {
        var now = clock.DatabaseNow();
        await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        if (await connection.ExecuteScalarAsync<long?>(LockAccount, new { found.AccountId, found.PasswordHash }) is null)
        {
            return PasswordCheck.Refused(); // deactivated, or of another password, since it was found
        }

        await connection.ExecuteAsync(DropExpiredSessions, new { found.AccountId, Now = now });
        await connection.ExecuteAsync(EndOldestSessions, new { found.AccountId, Now = now });
        var session = await issuer.OpenAsync(connection, tenant, found, now);
        await AuditTrail.AddAsync(connection, new(found.OpId, AccountKinds.Operator), origin, RecordTypes.Session, "created", StatusCodes.Status200OK, now, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        TenantCredentials.Of(tenant).OnAccountChanged(found.AccountId);
        return session;
    }
}
