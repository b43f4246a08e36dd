using System.Text.Json;
using CrmImport.Features.Imports.Reading;
using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Database;
using Dapper;
using MediatR;

namespace CrmImport.Features.Imports.UndoImport;

internal sealed class UndoImportHandler(TimeProvider clock) : IRequestHandler<UndoImportCommand, Answer<Import>>
{
    // Reserved by the first: an undo that was cancelled may be followed by another.
    private const string Reserve =
        """
        select from import where import_id = @ImportId for update; -- what the one before did is seen by the next statement only

        update import
        set undone_by = @UndoId
        where import_id = @ImportId and state <> 'undone'
            and not exists (select from import undo where undo.import_id = import.undone_by and (undo.finished_at is null or undo.state = 'completed'))
        """;

    private const string Insert =
        """
        insert into import (import_id, account_id, account, caller, name, format, options, state, created_at, next_line, undo_of)
        values (@UndoId, @AccountId, @Account, @Caller::json, @Name, @Format, @Options::json, 'queued', @At, 0, @ImportId);

        select pg_notify('crmimport', 'import:' || @UndoId)
        """;

    public async Task<Answer<Import>> Handle(UndoImportCommand request, CancellationToken cancellationToken)
    {
        if (await ImportAccess.FindStoredAsync(request.Tenant, request.Caller, request.Id, cancellationToken) is not { } import)
        {
            return ImportAccess.NotFound(request.Id);
        }

        if (import.UndoOf is not null || import.ImportOptions.DryRun)
        {
            return new Refusal(ApiErrors.ImportOver, import.UndoOf is null ? "A dry run has changed nothing" : "An undo cannot be undone: send the file again");
        }

        if (import.FinishedAt is null)
        {
            return new Refusal(ApiErrors.ImportNotOver, $"The import is {import.State}: cancel it, or wait for its end");
        }

        var undoId = Guid.CreateVersion7();
        if (!await BeginAsync(request, import, undoId, cancellationToken))
        {
            return new Refusal(ApiErrors.ImportOver, "The import was undone already, or is being undone");
        }

        using var watch = new ImportWatch(request.Tenant, undoId);
        while (true)
        {
            var undo = (await ImportAccess.FindAsync(request.Tenant, request.Caller, undoId, cancellationToken))!;
            if (undo.IsOver || !request.Waits)
            {
                return undo;
            }

            await watch.WaitAsync(cancellationToken);
        }
    }

    private async Task<bool> BeginAsync(UndoImportCommand request, ImportTable import, Guid undoId, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var at = clock.DatabaseNow();
        if (!request.IsDryRun && await connection.ExecuteAsync(new CommandDefinition(Reserve, new { UndoId = undoId, import.ImportId }, cancellationToken: cancellationToken)) <= 0)
        {
            return false;
        }

        await connection.ExecuteAsync(new CommandDefinition(
            Insert,
            new
            {
                UndoId = undoId,
                import.ImportId,
                request.Caller.AccountId,
                Account = request.Caller.OpId,
                Caller = ImportCaller.ToJson(request.Caller),
                Name = import.Name is null ? null : $"Undo of {import.Name}",
                import.Format,
                Options = JsonSerializer.Serialize(new ImportOptions { DryRun = request.IsDryRun }, ImportOptionsJson.Default.ImportOptions),
                At = at,
            },
            cancellationToken: cancellationToken));
        if (!request.IsDryRun)
        {
            await AuditTrail.AddAsync(
                connection,
                new AuditedAccount(request.Caller.OpId, request.Caller.Kind),
                request.Caller.Origin,
                new AuditedChange(RecordTypes.Import, "", "", WriteOutcome.Updated.Text(), StatusCodes.Status202Accepted, $$"""{"undoneBy":[null,"{{undoId}}"]}""", at) { RecordRef = import.ImportId.ToString() },
                cancellationToken);
        }

        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
