using System.Threading.Channels;
using CrmImport.Features.Contacts;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Features.Imports.Running;

/// <summary>
/// Carries out one import, from where it has come to. Each chunk is one transaction: its contacts, their audit, its results and where the next one begins. So whoever
/// goes on with the import, after whatever end, finds it between two chunks.
/// </summary>
internal sealed class ImportRun(Tenant tenant, ImportTable import, Guid claim, ImportsOptions limits, ContactWriter writer, ImportTurns turns, CrmMetrics metrics, TimeProvider clock) : IImportRun
{
    private static readonly TimeSpan LongestHold = TimeSpan.FromSeconds(1);

    private static readonly WriteConditions Trial = WriteConditions.None with { IsDryRun = true };

    private readonly ImportOptions options = import.ImportOptions;
    private readonly Caller caller = ImportCaller.Read(import);
    private readonly TimeSpan takeOver = TimeSpan.FromSeconds(limits.TakeOverSeconds);
    private TableLayout? layout;
    private ImportTotals totals = new(import);
    private DuplicateKeys? duplicates;
    private bool refusesUnknown;
    private RunEnd? end;
    private bool isOnTrial; // rows are only decided on: a dry run, or the check before an atomic import
    private NpgsqlConnection? whole; // the one transaction of an atomic import

    public bool IsCancelled { get; set; } = import.IsCancelled;

    public string EndState { get; private set; } = ImportStates.Completed;

    public async Task<bool> RunAsync(CancellationToken cancellationToken)
    {
        var names = await ListNames.ReadAsync(tenant, cancellationToken);
        layout = import.ReadLayout(names.Contact);
        refusesUnknown = caller.StrictFields ?? (await tenant.Settings.ReadAsync(cancellationToken)).StrictFields;
        if (options.OnDuplicate != DuplicateRows.Last)
        {
            duplicates = await DuplicateKeys.FindAsync(() => Open(names, InputPosition.Beginning), cancellationToken);
        }

        if (options.Mode == ImportMode.Partial || options.DryRun)
        {
            isOnTrial = false;
            return await RunChunksAsync(names, cancellationToken) is { } end && await FinishAsync(end, cancellationToken);
        }

        if (!import.IsChecked)
        {
            isOnTrial = true;
            if (await RunChunksAsync(names, cancellationToken) is not { } check)
            {
                return false;
            }

            if (check.State != ImportStates.Completed || totals.RowsRejected > 0)
            {
                return await FinishAsync(
                    check.State == ImportStates.Completed ? new(ImportStates.Failed, [FileProblem.Of(ApiErrors.RowsRejected, $"{totals.RowsRejected} rows were rejected, and so none was carried out")]) : check,
                    cancellationToken);
            }

            totals = new ImportTotals { Next = FirstRow };
            await ImportStore.RestartAsync(tenant, import.ImportId, claim, totals, takeOver, cancellationToken);
        }

        return await RunWholeAsync(names, cancellationToken);
    }

    private InputPosition FirstRow => layout?.FirstRow ?? InputPosition.Beginning;

    private async Task<bool> RunWholeAsync(ListNames names, CancellationToken cancellationToken)
    {
        isOnTrial = false;
        totals = new ImportTotals { Next = FirstRow }; // as it was before the check
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        whole = connection;
        try
        {
            if (await RunChunksAsync(names, cancellationToken) is not { } end)
            {
                return false;
            }

            if (end.State == ImportStates.Completed && totals.RowsRejected == 0)
            {
                if (!await ImportStore.SaveProgressAsync(connection, import.ImportId, claim, totals, takeOver, cancellationToken, isLast: true))
                {
                    throw new LostClaimException();
                }

                await ImportStore.FinishAsync(connection, import.ImportId, claim, end.State, [], clock.DatabaseNow(), cancellationToken);
                await transaction.CommitAsync(CancellationToken.None);
                return true;
            }

            await transaction.RollbackAsync(CancellationToken.None);
            var rejected = totals.RowsRejected; // since the check, somebody changed what the rows refer to
            totals = new ImportTotals { Next = FirstRow };
            return await FinishAsync(end.State == ImportStates.Completed ? new(ImportStates.Failed, [FileProblem.Of(ApiErrors.RowsRejected, $"{rejected} rows were rejected, and so none was carried out")]) : end, cancellationToken);
        }
        catch (PostgresException exception) when (!DatabaseErrors.IsRace(exception) && !DatabaseErrors.MeansAway(exception.SqlState))
        {
            await transaction.RollbackAsync(CancellationToken.None);
            totals = new ImportTotals { Next = FirstRow };
            return await FinishAsync(new(ImportStates.Failed, [FileProblem.Of(DatabaseErrors.Describe(exception).Error, DatabaseErrors.Describe(exception).Message)]), cancellationToken);
        }
        finally
        {
            whole = null;
        }
    }

    // How it ended; null where it did not. While a chunk is stored, the next one is, too, where it concerns other contacts; they are committed in their order.
    private async Task<RunEnd?> RunChunksAsync(ListNames names, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var chunks = Channel.CreateBounded<ImportChunk>(1);
        var producer = ProduceAsync(names, totals.Next, chunks.Writer, reading.Token);
        var (former, latest) = ((Chunk: (ImportChunk?)null, Task: Task.CompletedTask), Task.CompletedTask);
        end = null;
        try
        {
            await foreach (var chunk in chunks.Reader.ReadAllAsync(CancellationToken.None))
            {
                if (whole is not null || former.Chunk?.IsApartFrom(chunk) != true)
                {
                    await former.Task;
                }

                if (end is not null || IsCancelled || cancellationToken.IsCancellationRequested)
                {
                    break;
                }

                latest = WriteInTurnAsync(chunk, former.Task, cancellationToken);
                await former.Task; // two at a time
                former = (chunk, latest);
            }

            await former.Task;
            return end ?? (IsCancelled ? new(ImportStates.Cancelled, []) : cancellationToken.IsCancellationRequested ? null : new(ImportStates.Completed, []));
        }
        catch (BrokenInputException exception)
        {
            await former.Task; // what was read before it counts
            return end ?? new(ImportStates.Failed, [FileProblem.Of(ApiErrors.InvalidFile, exception.Message, exception.Line)]);
        }
        finally
        {
            await reading.CancelAsync();
            await producer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await latest.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task WriteInTurnAsync(ImportChunk chunk, Task former, CancellationToken cancellationToken)
    {
        using (await turns.TakeAsync(cancellationToken))
        {
            await WriteAsync(chunk, former, CancellationToken.None);
        }
    }

    // Why the import must end here, though there is more of it.
    private RunEnd? FindEnd() =>
        totals.IsOver(options) ? new(ImportStates.Stopped, [FileProblem.Of(ApiErrors.TooManyRejects, $"{totals.RowsRejected} of {totals.RowsRead} rows were rejected")])
            : options.Mode == ImportMode.Atomic && totals.RowsRead > limits.AtomicRows ? new(ImportStates.Failed, [FileProblem.Of(ApiErrors.TooManyRows, $"An atomic import may have {limits.AtomicRows} rows")])
            : null;

    private async Task ProduceAsync(ListNames names, InputPosition start, ChannelWriter<ImportChunk> chunks, CancellationToken cancellationToken)
    {
        try
        {
            await Task.Yield();
            await using var reader = Open(names, start);
            await foreach (var chunk in ImportChunk.ReadAsync(reader, start, limits.ChunkRows, cancellationToken))
            {
                await chunks.WriteAsync(chunk, cancellationToken);
            }

            chunks.Complete();
        }
        catch (Exception exception)
        {
            chunks.Complete(exception); // after what was read before it
        }
    }

    private RowReader Open(ListNames names, InputPosition start) =>
        RowReader.Open(import.InputFormat, new PieceStream(tenant, import.ImportId, import.Bytes), layout, options, names, start == InputPosition.Beginning ? FirstRow : start);

    private async Task WriteAsync(ImportChunk chunk, Task former, CancellationToken cancellationToken)
    {
        var (results, commands) = (new GroupResult?[chunk.Groups.Count], new List<UpsertContactCommand>(chunk.Groups.Count));
        var places = new List<int>(chunk.Groups.Count);
        for (var i = 0; i < results.Length; i++)
        {
            results[i] = Check(chunk.Groups[i]);
            if (results[i] is null)
            {
                commands.Add(ToCommand(chunk.Groups[i]));
                places.Add(i);
            }
        }

        for (var takeLocks = false; ; takeLocks = true)
        {
            try
            {
                if (await TryWriteAsync(chunk, results, commands, places, takeLocks, former, cancellationToken))
                {
                    return;
                }
            }
            catch (PostgresException exception) when (whole is null && DatabaseErrors.IsRace(exception))
            {
                tenant.KnownClients.Clear(); // one of them may be archived by now
            }
            catch (PostgresException exception) when (whole is null && !DatabaseErrors.MeansAway(exception.SqlState))
            {
                if (chunk.Groups.Count > 1)
                {
                    var (first, second) = chunk.Split();
                    await WriteAsync(first, former, cancellationToken);
                    await WriteAsync(second, Task.CompletedTask, cancellationToken);
                    return;
                }

                var refusal = DatabaseErrors.Describe(exception);
                results[0] = new GroupResult(chunk.Groups[0], null, refusal.Problems);
                commands.Clear();
                places.Clear();
            }
        }
    }

    // What is wrong with the rows by themselves; null where nothing is.
    private GroupResult? Check(RowGroup group)
    {
        if (group.First.Fault is { } fault)
        {
            return new(group, null, [fault]);
        }

        if (duplicates?.IsRejected(group.First, options.OnDuplicate) == true)
        {
            return new(group, null, [Problem.Severe(ApiErrors.DuplicateRow, ContactFields.ContactRef.Name, $"Contact {group.First.ContactRef} of client {group.First.ClientRef} is in the file more than once")]);
        }

        var all = ContactRules.ProblemsOf(group.First.Contact!);
        if (all.Count == 0)
        {
            return null;
        }

        var problems = all.Where(problem => problem.Error != ApiErrors.UnknownField || problem.Field != RejectColumns.Property).ToList();
        if (refusesUnknown)
        {
            problems = problems.ConvertAll(problem => problem.Error == ApiErrors.UnknownField ? problem with { Level = Problem.SevereLevel } : problem);
        }

        return problems.Exists(problem => problem.Level == Problem.SevereLevel) ? new(group, null, problems) : null;
    }

    private UpsertContactCommand ToCommand(RowGroup group)
    {
        var mode = options.Operation switch
        {
            ImportOperation.Create => ContactWriteMode.Create,
            ImportOperation.Update => ContactWriteMode.Update,
            _ => ContactWriteMode.Upsert,
        };
        var conditions = options.DryRun || isOnTrial ? Trial : WriteConditions.None;
        if (group.First.Version is { } version)
        {
            conditions = conditions with { Precondition = Precondition.OfVersion(RecordHistory.ETagOf(version)) };
        }

        return new(tenant, caller, group.First.Contact!, mode, conditions, options.DryRun ? ToTrialAnswer : ToAnswer) { Locations = options.Locations, WantsRecord = false };
    }

    private static WriteAnswer ToAnswer(WrittenContact written) => new(StatusCodes.Status200OK, written.Outcome, null, null, default) { Warnings = written.Warnings };

    private static WriteAnswer ToTrialAnswer(WrittenContact written) =>
        new(StatusCodes.Status200OK, written.Outcome, null, null, System.Text.Encoding.UTF8.GetBytes(written.Changes!)) { Warnings = written.Warnings };

    // False where another writer was faster.
    private async Task<bool> TryWriteAsync(
        ImportChunk chunk, GroupResult?[] results, List<UpsertContactCommand> commands, List<int> places, bool takeLocks, Task former, CancellationToken cancellationToken)
    {
        await using var own = whole is null ? await tenant.Db.OpenConnectionAsync(cancellationToken) : null;
        await using var transaction = own is null ? null : await own.BeginTransactionAsync(cancellationToken);
        var connection = own ?? whole!;
        if (await writer.WriteWithinAsync(tenant, connection, commands, takeLocks, cancellationToken) is not { } answers)
        {
            return whole is null ? false : throw new RetryException();
        }

        for (var i = 0; i < places.Count; i++)
        {
            var (group, answer) = (chunk.Groups[places[i]], answers[i]);
            results[places[i]] = answer.Refusal is { } refusal
                ? new(group, null, refusal.Problems)
                : new(group, answer.Value.Outcome, answer.Value.Warnings) { Changes = options.DryRun ? answer.Value.Body : default };
        }

        if (!await IsCommittedAsync(former))
        {
            return false;
        }

        if (end is not null)
        {
            return true; // and nothing of this chunk is stored
        }

        var after = Count(chunk, results!);
        var body = RowResults.Write(results!, layout, isOnTrial);
        var rejected = (int)(after.RowsRejected - totals.RowsRejected);
        await ImportStore.AddChunkAsync(connection, import.ImportId, chunk.Start, chunk.RowCount, totals.RowsRead, rejected, body, cancellationToken);
        if (whole is null && !await ImportStore.SaveProgressAsync(connection, import.ImportId, claim, after, takeOver, cancellationToken))
        {
            throw new LostClaimException();
        }

        if (transaction is not null)
        {
            await transaction.CommitAsync(CancellationToken.None);
        }

        if (!isOnTrial && !options.DryRun)
        {
            metrics.RowsImported(tenant, after.RowsCreated - totals.RowsCreated, after.RowsUpdated - totals.RowsUpdated, after.RowsUnchanged - totals.RowsUnchanged, rejected);
        }

        totals = after;
        end = FindEnd();
        return true;
    }

    // One that waits for the chunk before it holds what it has written: somebody whom that one waits for may wait for this one. So it lets go, and begins again.
    private static async Task<bool> IsCommittedAsync(Task former)
    {
        try
        {
            await former.WaitAsync(LongestHold); // with its failure, which is this one's too
            return true;
        }
        catch (TimeoutException) when (!former.IsCompleted)
        {
            return false;
        }
    }

    private ImportTotals Count(ImportChunk chunk, GroupResult[] results)
    {
        var after = totals.Copy();
        foreach (var result in results)
        {
            var rows = result.Group.Rows;
            if (result.Outcome is not { } outcome)
            {
                after.CountRejected(result.Problems.First(problem => problem.Level == Problem.SevereLevel), rows[0].Line, rows.Count);
            }
            else if (isOnTrial)
            {
                after.RowsRead += rows.Count;
            }
            else
            {
                after.Count(outcome, rows.Count);
            }

            after.KeysChanged += rows.Count(row => row.IsKeyTrimmed);
        }

        after.Next = chunk.End;
        return after;
    }

    private async Task<bool> FinishAsync(RunEnd end, CancellationToken cancellationToken)
    {
        EndState = end.State;
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await ImportStore.FinishAsync(connection, import.ImportId, claim, end.State, end.Problems, clock.DatabaseNow(), cancellationToken);
        return true;
    }

    private sealed record RunEnd(string State, IReadOnlyList<FileProblem> Problems);
}

/// <summary>An import under way.</summary>
internal interface IImportRun
{
    /// <summary>Set where the import was cancelled.</summary>
    bool IsCancelled { get; set; }

    /// <summary>The state it ended in, once it is over.</summary>
    string EndState { get; }

    /// <summary>Carries the import out to its end, or until the token says stop, between two chunks; false where it is not over.</summary>
    Task<bool> RunAsync(CancellationToken cancellationToken);
}

/// <summary>Another replica carries the import out by now.</summary>
internal sealed class LostClaimException() : Exception("Another replica has taken the import over");

/// <summary>An atomic import met another writer, and begins anew.</summary>
internal sealed class RetryException() : Exception("Another writer was faster");
