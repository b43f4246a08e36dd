using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using Dapper;
using MediatR;

namespace CrmImport.Features.Imports.CancelImport;

internal sealed class CancelImportHandler(TimeProvider clock) : IRequestHandler<CancelImportCommand, Answer<Import>>
{
    // One that nobody carries out is over at once; a running one is once its chunk is.
    private const string Sql =
        """
        update import
        set is_cancelled = true,
            state = case when state = 'queued' then 'cancelled' else state end,
            finished_at = case when state = 'queued' then @At end
        where import_id = @ImportId and finished_at is null and state in ('queued', 'running') and not is_cancelled
        returning pg_notify('crmimport', 'import:' || import_id)::text
        """;

    public async Task<Answer<Import>> Handle(CancelImportCommand request, CancellationToken cancellationToken)
    {
        if (await ImportAccess.FindStoredAsync(request.Tenant, request.Caller, request.Id, cancellationToken) is not { } import)
        {
            return ImportAccess.NotFound(request.Id);
        }

        await using (var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken))
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var at = clock.DatabaseNow();
            if ((await connection.QueryAsync<string>(new CommandDefinition(Sql, new { import.ImportId, At = at }, cancellationToken: cancellationToken))).Any())
            {
                await AuditTrail.AddAsync(
                    connection,
                    new AuditedAccount(request.Caller.OpId, request.Caller.Kind),
                    request.Caller.Origin,
                    new AuditedChange(RecordTypes.Import, "", "", WriteOutcome.Updated.Text(), StatusCodes.Status200OK, """{"cancelled":[false,true]}""", at) { RecordRef = import.ImportId.ToString() },
                    cancellationToken);
                await transaction.CommitAsync(CancellationToken.None);
            }
        }

        // Its end is near, and worth the wait.
        using var watch = new ImportWatch(request.Tenant, import.ImportId);
        for (var tries = 0; ; tries++)
        {
            var after = (await ImportAccess.FindAsync(request.Tenant, request.Caller, import.ImportId, cancellationToken))!;
            if (after.State == ImportStates.Cancelled || (after.IsOver && import.IsCancelled))
            {
                return after;
            }

            if (after.IsOver || after.State == ImportStates.Receiving)
            {
                return new Refusal(ApiErrors.ImportOver, after.IsOver ? $"The import is {after.State} already" : "The import is still receiving its file: end that request");
            }

            if (tries == MaxTries)
            {
                return after;
            }

            await watch.WaitAsync(cancellationToken);
        }
    }

    private const int MaxTries = 3;
}
