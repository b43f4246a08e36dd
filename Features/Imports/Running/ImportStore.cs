using System.Text.Json;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Features.Imports.Running;

/// <summary>The statements by which imports are carried out. Times of claims are the database's, so that replicas agree on them.</summary>
internal static class ImportStore
{
    /// <summary>Held to the transaction's end by who counts imports and adds to them: each sees what the one before has done.</summary>
    public const string Lock = "select pg_advisory_xact_lock(hashtext('crmimport.imports'))";

    private const string Claim =
        $"""
        {Lock};

        update import
        set state = 'running', claim = @Claim, claimed_until = now() + @TakeOver, started_at = coalesce(started_at, @Now)
        where import_id = (
                select import_id from import
                where finished_at is null and state in ('queued', 'running') and (claimed_until is null or claimed_until < now())
                order by created_at limit 1
            )
            and (select count(*) from import where finished_at is null and state = 'running' and claimed_until >= now()) < @Running
        returning {ImportTable.Columns};
        """;

    private const string Open =
        "select (count(*) filter (where state = 'running'))::integer, (count(*) filter (where state = 'queued'))::integer from import where finished_at is null";

    private const string Renew = "update import set claimed_until = now() + @TakeOver where import_id = @ImportId and claim = @Claim and finished_at is null returning is_cancelled";

    private const string Release = "update import set claimed_until = now() - interval '1 second' where import_id = @ImportId and claim = @Claim and finished_at is null";

    private const string AddChunk =
        """
        insert into import_chunk (import_id, first_row, first_line, first_offset, rows, rejected, body)
        values (@ImportId, @FirstRow, @FirstLine, @FirstOffset, @Rows, @Rejected, @Body)
        """;

    // Not waited for on the disk: what a crash of the server loses, it loses with where the import has come to. The end is waited for, and with it all before.
    private const string Progress =
        """
        select set_config('synchronous_commit', 'off', true) where not @IsLast;

        update import
        set next_offset = @NextOffset, next_line = @NextLine, rows_read = @RowsRead, rows_created = @RowsCreated, rows_updated = @RowsUpdated, rows_unchanged = @RowsUnchanged,
            rows_rejected = @RowsRejected, keys_changed = @KeysChanged, rejects = @Rejects::json, claimed_until = now() + @TakeOver
        where import_id = @ImportId and claim = @Claim and finished_at is null
        """;

    private const string Restart = "delete from import_chunk where import_id = @ImportId; update import set is_checked = true where import_id = @ImportId and claim = @Claim";

    private const string Finish =
        """
        update import
        set state = @State, finished_at = @Now, claim = null, claimed_until = null, problems = @Problems::json
        where import_id = @ImportId and claim = @Claim and finished_at is null;

        select pg_notify('crmimport', 'import:' || @ImportId)
        """;

    /// <summary>An import that nobody carries out, of those that wait the oldest; null where there is none, or enough are running.</summary>
    public static async Task<ImportTable?> ClaimAsync(Tenant tenant, Guid claim, ImportsOptions options, DateTime now, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            Claim, new { Claim = claim, TakeOver = TimeSpan.FromSeconds(options.TakeOverSeconds), options.Running, Now = now }, transaction, cancellationToken: cancellationToken));
        await results.ReadAsync();
        var claimed = await results.ReadSingleOrDefaultAsync<ImportTable>();
        await results.DisposeAsync();
        await transaction.CommitAsync(CancellationToken.None);
        return claimed;
    }

    /// <summary>How many imports are carried out, and how many wait.</summary>
    public static async Task<(int Running, int Waiting)> CountAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<(int, int)>(new CommandDefinition(Open, cancellationToken: cancellationToken));
    }

    /// <summary>Whether the import was cancelled; null where it is not this claim's any more.</summary>
    public static async Task<bool?> RenewAsync(Tenant tenant, Guid importId, Guid claim, TimeSpan takeOver, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<bool?>(new CommandDefinition(Renew, new { ImportId = importId, Claim = claim, TakeOver = takeOver }, cancellationToken: cancellationToken));
    }

    /// <summary>Lets another replica go on at once.</summary>
    public static async Task ReleaseAsync(Tenant tenant, Guid importId, Guid claim, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Release, new { ImportId = importId, Claim = claim }, cancellationToken: cancellationToken));
    }

    /// <summary>Stores a chunk's results, in the caller's transaction.</summary>
    public static Task AddChunkAsync(
        NpgsqlConnection connection, Guid importId, InputPosition start, int rows, long firstRow, int rejected, byte[] body, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            AddChunk,
            new { ImportId = importId, FirstRow = firstRow, FirstLine = start.Line, FirstOffset = start.Offset, Rows = rows, Rejected = rejected, Body = body },
            cancellationToken: cancellationToken));

    /// <summary>Stores where the import has come to, in the caller's transaction; false where it is not this claim's any more.</summary>
    /// <param name="isLast">Whether the import ends with the same transaction.</param>
    public static async Task<bool> SaveProgressAsync(
        NpgsqlConnection connection, Guid importId, Guid claim, ImportTotals totals, TimeSpan takeOver, CancellationToken cancellationToken, bool isLast = false) =>
        await connection.ExecuteAsync(new CommandDefinition(
            Progress,
            new
            {
                ImportId = importId,
                Claim = claim,
                NextOffset = totals.Next.Offset,
                NextLine = totals.Next.Line,
                totals.RowsRead,
                totals.RowsCreated,
                totals.RowsUpdated,
                totals.RowsUnchanged,
                totals.RowsRejected,
                totals.KeysChanged,
                Rejects = totals.RejectsJson(),
                TakeOver = takeOver,
                IsLast = isLast,
            },
            cancellationToken: cancellationToken)) == 1;

    /// <summary>An atomic import was checked, and begins anew.</summary>
    public static async Task RestartAsync(Tenant tenant, Guid importId, Guid claim, ImportTotals totals, TimeSpan takeOver, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Restart, new { ImportId = importId, Claim = claim }, transaction, cancellationToken: cancellationToken));
        await SaveProgressAsync(connection, importId, claim, totals, takeOver, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>The import is over.</summary>
    public static Task FinishAsync(NpgsqlConnection connection, Guid importId, Guid claim, string state, IReadOnlyList<FileProblem> problems, DateTime now, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            Finish,
            new { ImportId = importId, Claim = claim, State = state, Now = now, Problems = JsonSerializer.Serialize(problems, ImportJson.Default.IReadOnlyListFileProblem) },
            cancellationToken: cancellationToken));
}

/// <summary>Who sent an import, as it is kept with it: its changes are made in that account's name, with the permissions it had.</summary>
internal static class ImportCaller
{
    public static string ToJson(Caller caller) => JsonSerializer.Serialize(caller);

    public static Caller Read(ImportTable import) => JsonSerializer.Deserialize<Caller>(import.Caller)! is var caller ? caller with { Origin = caller.Origin with { ImportId = import.ImportId } } : null!;
}
