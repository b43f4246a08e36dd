using System.Buffers;
using System.Text.Json;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Imports.Running;

/// <summary>What became of one contact of a chunk: the outcome and what is worth a second look, or why it was rejected.</summary>
internal sealed record GroupResult(RowGroup Group, WriteOutcome? Outcome, IReadOnlyList<Problem> Problems)
{
    /// <summary>Of a dry run: the changes, as JSON.</summary>
    public ReadOnlyMemory<byte> Changes { get; init; }

    public bool IsRejected => Outcome is null;
}

/// <summary>Writes the results of a chunk: NDJSON, a line for each row of the input.</summary>
internal static class RowResults
{
    public const string Rejected = "rejected";

    /// <summary>The outcome of a row that an atomic import would have carried out, and did not.</summary>
    public const string Valid = "valid";

    private const int MaxValue = 200;

    private const int MostKept = 1024 * 1024;

    // Kept: new ones of this size, chunk after chunk, would have all memory collected again and again.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? kept;

    /// <summary>The results, compressed.</summary>
    /// <param name="isTrial">Whether the rows are only checked, before an atomic import or instead of one.</param>
    public static byte[] Write(IEnumerable<GroupResult> results, TableLayout? layout, bool isTrial)
    {
        var buffer = kept ??= new ArrayBufferWriter<byte>(256 * 1024);
        buffer.ResetWrittenCount();
        using var writer = new Utf8JsonWriter(buffer, ReadableJson.Options with { SkipValidation = true });
        foreach (var result in results)
        {
            foreach (var row in result.Group.Rows)
            {
                WriteRow(writer, result, row, layout, isTrial);
                writer.Flush();
                writer.Reset();
                buffer.Write("\n"u8);
            }
        }

        if (buffer.Capacity > MostKept)
        {
            kept = null;
        }

        return Compression.Deflate(buffer.WrittenSpan);
    }

    private static void WriteRow(Utf8JsonWriter writer, GroupResult result, InputRow row, TableLayout? layout, bool isTrial)
    {
        writer.WriteStartObject();
        writer.WriteNumber("line", row.Line);
        writer.WriteString("clientRef", row.Contact is null ? null : row.ClientRef);
        writer.WriteString("contactRef", row.Contact is null ? null : row.ContactRef);
        writer.WriteString("outcome", result.IsRejected ? Rejected : isTrial ? Valid : result.Outcome!.Value.Text());
        if (row != result.Group.First)
        {
            writer.WriteNumber("sameContactAs", result.Group.First.Line);
        }
        else if (!result.Changes.IsEmpty)
        {
            writer.WritePropertyName("changes");
            writer.WriteRawValue(result.Changes.Span, skipInputValidation: true);
        }

        if (result.Problems.Count > 0)
        {
            writer.WriteStartArray("problems");
            foreach (var problem in result.Problems)
            {
                WriteProblem(writer, problem, row, layout);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private static void WriteProblem(Utf8JsonWriter writer, Problem problem, InputRow row, TableLayout? layout)
    {
        writer.WriteStartObject();
        writer.WriteString("level", problem.Level);
        writer.WriteString("field", problem.Field);
        writer.WriteString("code", problem.Code);
        writer.WriteString("message", problem.Message);
        var (column, value) = layout is null ? (null, ValueOf(row.Json, problem.Field)) : CellOf(row, problem.Field, layout);
        if (column is not null)
        {
            writer.WriteString("column", column);
        }

        if (value is not null)
        {
            writer.WriteString("value", value.Length <= MaxValue ? value : $"{value[..MaxValue]}…");
        }

        writer.WriteEndObject();
    }

    private static (string? Column, string? Value) CellOf(InputRow row, string? field, TableLayout layout)
    {
        for (var i = 0; field is not null && i < layout.Targets.Count; i++)
        {
            if (layout.Targets[i]?.Path == field)
            {
                return (layout.Header[i], row.Cells?.ElementAtOrDefault(i));
            }
        }

        return (null, null);
    }

    // Of a field of the contact itself, or of a location: locations[0].endDate.
    private static string? ValueOf(ReadOnlyMemory<byte> json, string? field)
    {
        if (field is null || json.IsEmpty)
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(json);
            var element = document.RootElement;
            foreach (var step in field.Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries))
            {
                if (element.ValueKind == JsonValueKind.Array && int.TryParse(step, out var index) && index < element.GetArrayLength())
                {
                    element = element[index];
                }
                else if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
                {
                    return null;
                }
            }

            return element.ValueKind is JsonValueKind.Object or JsonValueKind.Array ? null : element.ToString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
