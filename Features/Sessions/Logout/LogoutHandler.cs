using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using Dapper;
using MediatR;

namespace CrmImport.Features.Sessions.Logout;

internal sealed class LogoutHandler(TimeProvider clock) : IRequestHandler<LogoutCommand, Answer<Unit>>
{
    private const string EndSession =
        """
        update session set ended_at = @Now, ended_because = 'logged out'
        where session_id = @SessionId and ended_at is null
        """;

    public async Task<Answer<Unit>> Handle(LogoutCommand request, CancellationToken cancellationToken)
    {
        if (request.Caller.SessionId is null)
        {
            return new Refusal(ApiErrors.Forbidden, "An access key or a password has no session to end");
        }

        var now = clock.DatabaseNow();
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteAsync(EndSession, new { request.Caller.SessionId, Now = now }) == 1)
        {
            await AuditTrail.AddAsync(
                connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, "session", "ended", StatusCodes.Status200OK, now, CancellationToken.None);
        }

        await transaction.CommitAsync(CancellationToken.None);
        TenantCredentials.Of(request.Tenant).OnAccountChanged(request.Caller.AccountId);
        return Unit.Value;
    }
}
