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

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Import))]
[JsonSerializable(typeof(SuccessBody<Import>))]
[JsonSerializable(typeof(PageBody<Import>))]
[JsonSerializable(typeof(IReadOnlyList<RejectedRows>))]
[JsonSerializable(typeof(IReadOnlyList<FileProblem>))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(StoredLayout))]
internal sealed partial class ImportJson : JsonSerializerContext;
