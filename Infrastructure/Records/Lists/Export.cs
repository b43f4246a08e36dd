using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>A part of an export: some items, and whether others follow.</summary>
internal sealed record ExportPart<T>(IReadOnlyList<T> Items, bool HasMore);

/// <summary>The two formats of an export, by <c>Accept</c>.</summary>
internal sealed record ExportFormat(string ContentType, string Extension)
{
    public const string LinesType = "application/x-ndjson";
    public const string CsvType = "text/csv";

    private static readonly ExportFormat Lines = new(LinesType, "ndjson");
    private static readonly ExportFormat Csv = new($"{CsvType}; charset=utf-8; header=present", "csv");

    public bool IsCsv => this == Csv;

    /// <summary>What the caller likes best of what there is; null for pages of JSON, which also answer whatever else is accepted.</summary>
    public static ExportFormat? Of(HttpRequest request) => request.Headers.Accept.Count == 0 ? null :
        request.GetTypedHeaders().Accept
            .Where(accepted => accepted.Quality is not 0)
            .OrderByDescending(accepted => accepted.Quality ?? 1)
            .Select(accepted => accepted.MediaType.Value?.ToLowerInvariant())
            .FirstOrDefault(accepted => accepted is LinesType or CsvType or "application/json" or "application/*" or "*/*") switch
        {
            LinesType => Lines,
            CsvType => Csv,
            _ => null,
        };
}

/// <summary>
/// Sends every item of a list, as lines of JSON or as CSV (RFC 4180), a part at a time: neither the service nor a transaction holds them all. What fails
/// on the way breaks the connection off, so that half an export never passes for a whole one.
/// </summary>
internal sealed class Export<T> : IResult
{
    private const int MaxAttempts = 60;

    private readonly ExportFormat format;
    private readonly string name;
    private readonly IReadOnlyList<string> columns;
    private readonly Action<Utf8JsonWriter, T> write;
    private readonly ExportPart<T> first;
    private readonly Func<T?, Task<Answer<ExportPart<T>>>> read;

    private Export(ExportFormat format, string name, IReadOnlyList<string> columns, Action<Utf8JsonWriter, T> write, ExportPart<T> first, Func<T?, Task<Answer<ExportPart<T>>>> read) =>
        (this.format, this.name, this.columns, this.write, this.first, this.read) = (format, name, columns, write, first, read);

    /// <summary>The export, once its first part was read; or why there is none.</summary>
    /// <param name="name">The file's, without its extension.</param>
    /// <param name="columns">The members of an item that a CSV has, in its order.</param>
    /// <param name="write">Writes an item as the JSON object it is.</param>
    /// <param name="read">Reads the part after an item, or the first one.</param>
    public static async Task<IResult> StartAsync(ExportFormat format, string name, IReadOnlyList<string> columns, Action<Utf8JsonWriter, T> write, Func<T?, Task<Answer<ExportPart<T>>>> read) =>
        (await read(default)).ToResult(first => new Export<T>(format, name, columns, write, first, read));

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = format.ContentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}.{format.Extension}\"";
        if (HttpMethods.IsHead(httpContext.Request.Method))
        {
            return;
        }

        if (format.IsCsv)
        {
            Encoding.UTF8.GetBytes(string.Join(',', columns) + "\r\n", response.BodyWriter);
        }

        for (var part = first; ; part = await ReadAgainAsync(part.Items[^1], httpContext.RequestAborted))
        {
            foreach (var item in part.Items)
            {
                Write(response.BodyWriter, item);
            }

            // Waits until the caller has taken most of it.
            var flushed = await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            if (!part.HasMore || flushed.IsCompleted)
            {
                return;
            }
        }
    }

    // Half-way through an export it is better to wait for one's turn than to break off.
    private async Task<ExportPart<T>> ReadAgainAsync(T last, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var part = await read(last);
            if (part.Refusal?.RetryAfterSeconds is not { } seconds || attempt == MaxAttempts)
            {
                return part.Value;
            }

            await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
        }
    }

    private void Write(IBufferWriter<byte> body, T item)
    {
        if (!format.IsCsv)
        {
            WriteJson(body, item);
            body.Write("\n"u8);
            return;
        }

        var buffer = new ArrayBufferWriter<byte>();
        WriteJson(buffer, item);
        using var json = JsonDocument.Parse(buffer.WrittenMemory);
        Encoding.UTF8.GetBytes(string.Join(',', columns.Select(column => Cell(json.RootElement, column))) + "\r\n", body);
    }

    private void WriteJson(IBufferWriter<byte> body, T item)
    {
        using var json = new Utf8JsonWriter(body, ReadableJson.Options);
        write(json, item);
    }

    // A number is none that a spreadsheet would run, whatever its sign.
    private static string Cell(JsonElement item, string column) =>
        !item.TryGetProperty(column, out var value) || value.ValueKind == JsonValueKind.Null ? ""
        : value.ValueKind == JsonValueKind.Number ? value.GetRawText()
        : CsvCells.Cell(value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText());
}

/// <summary>The cells of a CSV that people open (RFC 4180).</summary>
internal static partial class CsvCells
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",;\r\n");

    /// <summary>A line of cells, with its end.</summary>
    public static string Line(IEnumerable<string> cells) => string.Join(',', cells.Select(Cell)) + "\r\n";

    /// <summary>A text as a cell: quoted where it must be, and with an apostrophe before what a spreadsheet would run.</summary>
    public static string Cell(string text)
    {
        var safe = Formula().Replace(text, "$1'");
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    /// <summary>Whether a spreadsheet would run nothing of it.</summary>
    public static bool IsSafe(string text) => !Formula().IsMatch(text);

    // What spreadsheets run where a cell begins with it, full width too. Where they separate cells by semicolons, as in most of Europe, a cell begins behind one.
    [GeneratedRegex("(^|;)(?=[=+\\-@\\t\\r＝＋－＠])")]
    private static partial Regex Formula();
}

/// <summary>Lists of records as pages and as exports: of these every record that matches, in the order of the refs, whose parameters of pages are refused.</summary>
internal static class ListExport
{
    private static readonly string[] OfPages = ["position", "$skip", "size", "$top", "orderBy", "$orderBy", "desc", ChangeCursor.Parameter];

    /// <summary>A list as the caller accepts it: a page of it, or an export.</summary>
    /// <param name="name">The file's of an export, without its extension.</param>
    /// <param name="list">The list that is asked for, or what is wrong with the request.</param>
    /// <param name="keys">An item's refs, in the order of the list's keys.</param>
    /// <param name="whole">How a page is written.</param>
    /// <param name="type">How an item is written.</param>
    /// <param name="read">Reads a page of the list.</param>
    public static async Task<IResult> AnswerAsync<T>(
        HttpContext http, string name, Answer<ListRequest> list, Func<T, IReadOnlyList<string>> keys, JsonTypeInfo<PageBody<T>> whole, JsonTypeInfo<T> type, Func<ListRequest, Task<Answer<ListPage<T>>>> read)
        where T : class =>
        list.Refusal is { } refusal ? refusal
        : ExportFormat.Of(http.Request) is { } format ? await StartAsync(format, name, http.Request.Query, list.Value, keys, type, read)
        : (await read(list.Value)).ToResult(page => page.ToResult(list.Value.Selection, whole, type));

    private static async Task<IResult> StartAsync<T>(
        ExportFormat format, string name, IQueryCollection query, ListRequest list, Func<T, IReadOnlyList<string>> keys, JsonTypeInfo<T> type, Func<ListRequest, Task<Answer<ListPage<T>>>> read)
        where T : class
    {
        if (query.Keys.Where(parameter => OfPages.Contains(parameter, StringComparer.OrdinalIgnoreCase)).ToArray() is { Length: > 0 } refused)
        {
            return Refusal.Of([.. refused.Select(parameter =>
                Problem.Severe(ApiErrors.InvalidParameter, parameter, $"{parameter} cannot be combined with an export: it has every record that matches, in the order of the refs"))]);
        }

        long? total = null;
        var columns = list.Selection?.Names ?? [.. list.Shape.Fields.Where(field => !field.Name.Contains('.', StringComparison.Ordinal)).Select(field => field.Name)];
        return await Export<T>.StartAsync(format, name, columns, Write, ReadAsync);

        async Task<Answer<ExportPart<T>>> ReadAsync(T? last)
        {
            var page = await read(list with { Page = new Page(0, Page.MaxSize), After = last is null ? null : keys(last), Total = total });
            if (page.Refusal is { } refusal)
            {
                return refusal;
            }

            total ??= page.Value.Total;
            return new ExportPart<T>(page.Value.Items, page.Value.Items.Count == Page.MaxSize);
        }

        void Write(Utf8JsonWriter json, T item)
        {
            if (list.Selection is { } selection)
            {
                selection.Pick(item, type).WriteTo(json);
            }
            else
            {
                JsonSerializer.Serialize(json, item, type);
            }
        }
    }
}
