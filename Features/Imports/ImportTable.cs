using System.Text.Json;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Imports;

/// <summary>An import's row in the table, and what of it lists can be asked for. Set by Dapper.</summary>
internal sealed class ImportTable
{
    public const string Columns =
        """
        import_id, account_id, account, caller, name, file_name, format, options, layout, state, is_checked, is_cancelled, created_at, started_at, finished_at, bytes, sha256,
        idempotency_key, fingerprint, next_offset, next_line, rows_read, rows_created, rows_updated, rows_unchanged, rows_rejected, keys_changed, rejects, problems, warnings, undo_of, undone_by
        """;

    /// <summary>How many imports are before a queued one.</summary>
    public const string QueuePosition = "case when state = 'queued' then (select count(*) from import o where o.state = 'queued' and o.created_at < import.created_at)::integer end as position";

    public static readonly ListShape List = new(
        [
            new("id", ListKind.SelectOnly) { Column = "import_id" },
            new("state", ListKind.Text),
            new("name", ListKind.Text),
            new("fileName", ListKind.Text),
            new("format", ListKind.Text),
            new("sha256", ListKind.SelectOnly),
            new("bytes", ListKind.SelectOnly),
            new("bytesRead", ListKind.SelectOnly),
            new("rowsRead", ListKind.Integer),
            new("rowsCreated", ListKind.Integer),
            new("rowsUpdated", ListKind.Integer),
            new("rowsUnchanged", ListKind.Integer),
            new("rowsRejected", ListKind.Integer),
            new("rowsPerSecond", ListKind.SelectOnly),
            new("keysChanged", ListKind.Integer),
            new("position", ListKind.SelectOnly),
            new("createdBy", ListKind.Text) { Column = "account" },
            new("createdAt", ListKind.Timestamp),
            new("startedAt", ListKind.Timestamp),
            new("finishedAt", ListKind.Timestamp),
            new("estimatedEnd", ListKind.SelectOnly),
            new("options", ListKind.SelectOnly),
            new("rejects", ListKind.SelectOnly),
            new("problems", ListKind.SelectOnly),
            new("warnings", ListKind.SelectOnly),
            new("undoOf", ListKind.SelectOnly),
            new("undoneBy", ListKind.SelectOnly),
        ],
        ["createdAt", "id"],
        ["name", "fileName"]);

    public Guid ImportId { get; init; }

    public long AccountId { get; init; }

    public string Account { get; init; } = "";

    public string Caller { get; init; } = "";

    public string? Name { get; init; }

    public string? FileName { get; init; }

    public string Format { get; init; } = "";

    public string Options { get; init; } = "";

    public string? Layout { get; init; }

    public string State { get; init; } = "";

    public bool IsChecked { get; init; }

    public bool IsCancelled { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? StartedAt { get; init; }

    public DateTime? FinishedAt { get; init; }

    public long Bytes { get; init; }

    public byte[]? Sha256 { get; init; }

    public string? IdempotencyKey { get; init; }

    public byte[]? Fingerprint { get; init; }

    public long NextOffset { get; init; }

    public long NextLine { get; init; }

    public long RowsRead { get; init; }

    public long RowsCreated { get; init; }

    public long RowsUpdated { get; init; }

    public long RowsUnchanged { get; init; }

    public long RowsRejected { get; init; }

    public long KeysChanged { get; init; }

    public string Rejects { get; init; } = "[]";

    public string Problems { get; init; } = "[]";

    public string Warnings { get; init; } = "[]";

    public Guid? UndoOf { get; init; }

    public Guid? UndoneBy { get; init; }

    public int? Position { get; init; }

    /// <summary>The database's time of the read.</summary>
    public DateTime AskedAt { get; init; }

    public InputFormat InputFormat => InputFormats.Parse(Format);

    public ImportOptions ImportOptions => JsonSerializer.Deserialize(Options, ImportOptionsJson.Default.ImportOptions)!;

    /// <summary>The layout of a table; null for JSON.</summary>
    public TableLayout? ReadLayout(RecordShape contact) =>
        Layout is null ? null : TableLayout.Of(JsonSerializer.Deserialize(Layout, ImportJson.Default.StoredLayout)!, ImportOptions.Mapping, contact).Value;

    public InputPosition Next => new(NextOffset, NextLine);

    /// <summary>The import as callers read it.</summary>
    public Import ToImport()
    {
        var now = AskedAt;
        var seconds = StartedAt is { } started ? ((FinishedAt ?? now) - started).TotalSeconds : 0;
        var bytesRead = State is ImportStates.Completed or ImportStates.Undone ? Bytes : InputFormat == InputFormat.Xlsx ? 0 : NextOffset; // a workbook's position counts rows
        return new Import
        {
            Id = ImportId,
            State = State,
            Name = Name,
            FileName = FileName,
            Format = Format,
            Sha256 = Sha256 is null ? null : Convert.ToHexStringLower(Sha256),
            Bytes = Bytes,
            BytesRead = Math.Min(bytesRead, Bytes),
            RowsRead = RowsRead,
            RowsCreated = RowsCreated,
            RowsUpdated = RowsUpdated,
            RowsUnchanged = RowsUnchanged,
            RowsRejected = RowsRejected,
            KeysChanged = KeysChanged,
            RowsPerSecond = seconds > 0 ? Math.Round(RowsRead / seconds, 1) : null,
            Position = Position,
            CreatedBy = Account,
            CreatedAt = CreatedAt,
            StartedAt = StartedAt,
            FinishedAt = FinishedAt,
            EstimatedEnd = State == ImportStates.Running && bytesRead > 0 && seconds > 0 && (ImportOptions.DryRun || ImportOptions.Mode == ImportMode.Partial) ? now.AddSeconds(seconds * (Bytes - bytesRead) / bytesRead) : null,
            Options = ImportOptions,
            Rejects = JsonSerializer.Deserialize(Rejects, ImportJson.Default.IReadOnlyListRejectedRows)!,
            Problems = JsonSerializer.Deserialize(Problems, ImportJson.Default.IReadOnlyListFileProblem)!,
            Warnings = JsonSerializer.Deserialize(Warnings, ImportJson.Default.IReadOnlyListFileProblem)!,
            UndoOf = UndoOf,
            UndoneBy = UndoneBy,
        };
    }
}
