namespace CrmImport.Features.Imports.Reading;

/// <summary>What an import's input may be written in.</summary>
internal enum InputFormat
{
    /// <summary>A table: a header, then a row a contact, or a row a location of one.</summary>
    Csv,

    /// <summary>A JSON object a line.</summary>
    Ndjson,

    /// <summary>An array of objects, or an object with one under <c>contacts</c>.</summary>
    Json,

    /// <summary>A sheet of an Excel workbook.</summary>
    Xlsx,
}

internal static class InputFormats
{
    private static readonly Dictionary<string, InputFormat> ByMediaType = new(StringComparer.OrdinalIgnoreCase)
    {
        ["text/csv"] = InputFormat.Csv,
        ["application/csv"] = InputFormat.Csv,
        ["text/tab-separated-values"] = InputFormat.Csv,
        ["application/x-ndjson"] = InputFormat.Ndjson,
        ["application/ndjson"] = InputFormat.Ndjson,
        ["application/jsonl"] = InputFormat.Ndjson,
        ["application/x-jsonlines"] = InputFormat.Ndjson,
        ["application/json"] = InputFormat.Json,
        ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"] = InputFormat.Xlsx,
    };

    private static readonly Dictionary<string, InputFormat> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".csv"] = InputFormat.Csv,
        [".tsv"] = InputFormat.Csv,
        [".txt"] = InputFormat.Csv,
        [".ndjson"] = InputFormat.Ndjson,
        [".jsonl"] = InputFormat.Ndjson,
        [".json"] = InputFormat.Json,
        [".xlsx"] = InputFormat.Xlsx,
    };

    /// <summary>The media types of a body, as <c>Content-Type</c> has them.</summary>
    public static IEnumerable<string> MediaTypes => ByMediaType.Keys;

    /// <summary>The format of that media type, without parameters; null for none.</summary>
    public static InputFormat? OfMediaType(string? mediaType) => mediaType is not null && ByMediaType.TryGetValue(mediaType, out var format) ? format : null;

    /// <summary>The format of a file's name, of which <c>.gz</c> at the end says nothing; null for none.</summary>
    public static InputFormat? OfFileName(string? name) =>
        name is not null && ByExtension.TryGetValue(Path.GetExtension(name.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? name[..^3] : name), out var format) ? format : null;

    /// <summary>The format as callers read it: csv, ndjson, json, xlsx.</summary>
    public static string Text(this InputFormat format) => format switch
    {
        InputFormat.Csv => "csv",
        InputFormat.Ndjson => "ndjson",
        InputFormat.Json => "json",
        _ => "xlsx",
    };

    /// <summary>The media type of what is made in that format.</summary>
    public static string MediaType(this InputFormat format) => ByMediaType.First(type => type.Value == format).Key;

    /// <summary>Whether the input is cells under a header.</summary>
    public static bool IsTable(this InputFormat format) => format is InputFormat.Csv or InputFormat.Xlsx;

    /// <summary>The format of that text.</summary>
    public static InputFormat Parse(string text) => Enum.Parse<InputFormat>(text, ignoreCase: true);
}
