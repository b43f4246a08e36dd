using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Imports;

/// <summary>The states of an import.</summary>
internal static class ImportStates
{
    /// <summary>Its input is arriving.</summary>
    public const string Receiving = "receiving";

    public const string Queued = "queued";

    public const string Running = "running";

    public const string Completed = "completed";

    /// <summary>The input is broken, or an atomic import had rejected rows.</summary>
    public const string Failed = "failed";

    /// <summary>More rows were rejected than was allowed.</summary>
    public const string Stopped = "stopped";

    public const string Cancelled = "cancelled";

    public const string Undone = "undone";
}

/// <summary>An import as callers read it. Rows are counted by lines of the input; each is created, updated, unchanged or rejected.</summary>
internal sealed record Import
{
    public Guid Id { get; init; }

    public required string State { get; init; }

    public string? Name { get; init; }

    public string? FileName { get; init; }

    /// <summary>csv, ndjson, json or xlsx.</summary>
    public required string Format { get; init; }

    /// <summary>Of the input as it was sent, unpacked, in hexadecimal; null while it arrives.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The input's size, in UTF-8.</summary>
    public long Bytes { get; init; }

    public long BytesRead { get; init; }

    public long RowsRead { get; init; }

    public long RowsCreated { get; init; }

    public long RowsUpdated { get; init; }

    public long RowsUnchanged { get; init; }

    public long RowsRejected { get; init; }

    public double? RowsPerSecond { get; init; }

    /// <summary>Rows whose key lost blanks around it.</summary>
    public long KeysChanged { get; init; }

    /// <summary>How many imports are before it; null unless it is queued.</summary>
    public int? Position { get; init; }

    public required string CreatedBy { get; init; }

    public DateTime CreatedAt { get; init; }

    public DateTime? StartedAt { get; init; }

    public DateTime? FinishedAt { get; init; }

    /// <summary>When it will be over at its present rate; null unless it is running, and of an atomic one, whose rows are read twice.</summary>
    public DateTime? EstimatedEnd { get; init; }

    public required ImportOptions Options { get; init; }

    /// <summary>The rejected rows by code and field, the most first.</summary>
    public IReadOnlyList<RejectedRows> Rejects { get; init; } = [];

    /// <summary>What is wrong with the input as a whole.</summary>
    public IReadOnlyList<FileProblem> Problems { get; init; } = [];

    public IReadOnlyList<FileProblem> Warnings { get; init; } = [];

    /// <summary>The import that this one undoes.</summary>
    public Guid? UndoOf { get; init; }

    /// <summary>The import by which this one was undone.</summary>
    public Guid? UndoneBy { get; init; }

    [JsonIgnore]
    public string Address => $"/api/v1/imports/{Id}";

    [JsonIgnore]
    public bool IsOver => FinishedAt is not null;
}

/// <summary>Rows that were rejected for the same reason: the field and its problem's code, how many, and the first of them.</summary>
internal sealed record RejectedRows(string Code, string? Field, long Rows, long Line, string Message);

/// <summary>A problem of the input as a whole: line 0, or the line from which on it could not be read.</summary>
internal sealed record FileProblem(long Line, string Code, string? Field, string Message)
{
    public static FileProblem Of(Problem problem, long line = 0) => new(line, problem.Code, problem.Field, problem.Message);

    public static FileProblem Of(ApiError error, string message, long line = 0) => new(line, error.Code, null, message);
}

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
    public TableLayout? ReadLayout() =>
        Layout is null ? null : TableLayout.Of(JsonSerializer.Deserialize(Layout, ImportJson.Default.StoredLayout)!, ImportOptions.Mapping).Value;

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

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Import))]
[JsonSerializable(typeof(SuccessBody<Import>))]
[JsonSerializable(typeof(PageBody<Import>))]
[JsonSerializable(typeof(IReadOnlyList<RejectedRows>))]
[JsonSerializable(typeof(IReadOnlyList<FileProblem>))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(StoredLayout))]
internal sealed partial class ImportJson : JsonSerializerContext;
