using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;
using Npgsql;

namespace CrmImport.Features.Accounts.UnlockAccount;

internal sealed class UnlockAccountHandler(TimeProvider clock) : IRequestHandler<UnlockAccountCommand, Answer<WriteAnswer>>
{
    private const string FindAccount = "select op_id from account where lower(op_id) = lower(@OpId)";

    public Task<Answer<WriteAnswer>> Handle(UnlockAccountCommand request, CancellationToken cancellationToken)
    {
        var at = clock.DatabaseNow();
        return KeyedTransaction.RunAsync(request, at, connection => DecideAsync(connection, request, at, cancellationToken), () => { }, cancellationToken);
    }

    private static async Task<Answer<WriteAnswer>> DecideAsync(NpgsqlConnection connection, UnlockAccountCommand request, DateTime at, CancellationToken cancellationToken)
    {
        if (await connection.ExecuteScalarAsync<string?>(new CommandDefinition(FindAccount, new { request.OpId }, cancellationToken: cancellationToken)) is not { } opId)
        {
            return new Refusal(ApiErrors.AccountNotFound, $"No account {request.OpId}");
        }

        await LoginGuard.UnlockAsync(connection, opId);
        var change = new AuditedChange(RecordTypes.Account, "", "", "unlocked", StatusCodes.Status200OK, null, at) { RecordRef = opId };
        await AuditTrail.AddAsync(connection, new(request.Caller.OpId, request.Caller.Kind), request.Caller.Origin, change, CancellationToken.None);
        return new WriteAnswer(StatusCodes.Status200OK, WriteOutcome.Updated, null, null, Envelope.Success);
    }
}
