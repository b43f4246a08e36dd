using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Imports.PreviewImport;

/// <summary>What an import would make of the beginning of a file.</summary>
internal sealed record ImportPreview
{
    /// <summary>csv, ndjson, json or xlsx.</summary>
    public required string Format { get; init; }

    /// <summary>Of text; null for a workbook.</summary>
    public string? Encoding { get; init; }

    /// <summary>Of a CSV; null for others.</summary>
    public string? Delimiter { get; init; }

    /// <summary>Whether the file is longer than what was looked at.</summary>
    public bool IsCut { get; init; }

    /// <summary>The columns of a table, in their order.</summary>
    public IReadOnlyList<PreviewColumn> Columns { get; init; } = [];

    /// <summary>The mapping that has the columns be what is proposed, to be sent with the import; null where none is needed.</summary>
    public JsonObject? Mapping { get; init; }

    /// <summary>Mandatory fields that no column has.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>Columns that would not be imported.</summary>
    public IReadOnlyList<string> Ignored { get; init; } = [];

    /// <summary>Empty cells, among those looked at, for which the stored value would be kept.</summary>
    public int BlankCellsKept { get; init; }

    public int RowsLookedAt { get; init; }

    /// <summary>How many of the rows looked at would be rejected by themselves, whatever is stored.</summary>
    public int RowsRejected { get; init; }

    /// <summary>The first rows as they would be read.</summary>
    public IReadOnlyList<PreviewRow> Rows { get; init; } = [];

    /// <summary>What is wrong with the file as a whole.</summary>
    public IReadOnlyList<FileProblem> Problems { get; init; } = [];
}

/// <summary>A column, the field it is or may be, and why: exact, spelling (ignoring case, blanks, underscores and hyphens), mapping, alternate (a name that others use), similar (two letters differ at most).</summary>
internal sealed record PreviewColumn(string Column, string? Field, string? Reason);

/// <summary>A row: the contact as it would be sent, or why it would be rejected.</summary>
internal sealed record PreviewRow(long Line, JsonObject? Contact, IReadOnlyList<RowProblem> Problems);

/// <summary>A problem of a row, as in the results of an import.</summary>
internal sealed record RowProblem(string Level, string? Field, string Code, string Message);

[JsonSourceGenerationOptions(System.Text.Json.JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<ImportPreview>))]
internal sealed partial class ImportPreviewJson : JsonSerializerContext;
