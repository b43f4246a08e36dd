using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using Dapper;
using MediatR;

namespace CrmImport.Features.Accounts.UnlockAccount;

internal sealed class UnlockAccountHandler(TimeProvider clock) : IRequestHandler<UnlockAccountCommand, Answer<Unit>>
{
    private const string FindAccount = "select op_id from account where lower(op_id) = lower(@OpId)";

    public async Task<Answer<Unit>> Handle(UnlockAccountCommand request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (await connection.ExecuteScalarAsync<string?>(new CommandDefinition(FindAccount, new { request.OpId }, cancellationToken: cancellationToken)) is not { } opId)
        {
            return new Refusal(ApiErrors.AccountNotFound, $"No account {request.OpId}");
        }

        await LoginGuard.UnlockAsync(connection, opId);
        var change = new AuditedChange(RecordTypes.Account, "", "", "unlocked", StatusCodes.Status200OK, null, clock.DatabaseNow()) { RecordRef = opId };
        await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, change, CancellationToken.None);
        if (!request.IsDryRun)
        {
            await transaction.CommitAsync(CancellationToken.None);
        }

        return Unit.Value;
    }
}
