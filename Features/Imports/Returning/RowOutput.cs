using System.Buffers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CsvHelper;
using MiniExcelLibs;

namespace CrmImport.Features.Imports.Returning;

/// <summary>Why a row was rejected: its line, and the problems as the results have them.</summary>
internal sealed record RejectedRow(long Line, JsonArray Problems)
{
    public string Codes => Join("code");

    public string Messages => Join("message");

    private string Join(string property) => string.Join("; ", Problems.Where(problem => (string?)problem!["level"] == Problem.SevereLevel).Select(problem => (string?)problem![property]).Distinct());
}

/// <summary>Writes rows of an input in its own format, with the reason where they were rejected, so that they can be mended and sent again.</summary>
internal abstract class RowOutput
{
    protected ArrayBufferWriter<byte> Buffer { get; } = new();

    public static RowOutput Open(InputFormat format, TableLayout? layout, bool withReasons) => format switch
    {
        InputFormat.Csv => new CsvOutput(layout!, withReasons),
        InputFormat.Xlsx => new XlsxOutput(layout!, withReasons),
        InputFormat.Ndjson => new JsonOutput("", "\n", ""),
        _ => new JsonOutput("{\"contacts\":[", ",\n", "]}\n"),
    };

    public abstract void Begin();

    public abstract void Write(InputRow row, RejectedRow? reason);

    public abstract void End();

    /// <summary>What was written since the last time.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var written = Buffer.WrittenSpan.ToArray();
        Buffer.ResetWrittenCount();
        return written;
    }

    /// <summary>The columns of a table, those of rejects first: so a row of too many or too few cells keeps them where they were.</summary>
    private static string[] HeaderOf(TableLayout layout, bool withReasons) =>
        [.. withReasons ? RejectColumns.All : [], .. layout.Header.Where((_, column) => !layout.IsReject(column))];

    private static string[] CellsOf(InputRow row, RejectedRow? reason, TableLayout layout) =>
    [
        .. reason is null ? Array.Empty<string>() : [$"{reason.Line}", reason.Codes, reason.Messages],
        .. (row.Cells ?? []).Where((_, column) => !layout.IsReject(column)).Select(cell => layout.IsOfRejects ? RejectColumns.Arm(cell) : cell),
    ];

    private sealed class CsvOutput(TableLayout layout, bool withReasons) : RowOutput
    {
        private readonly int width = HeaderOf(layout, withReasons).Length;

        // With the mark by which a spreadsheet knows UTF-8.
        public override void Begin()
        {
            Buffer.Write(Encoding.UTF8.Preamble);
            WriteLine(HeaderOf(layout, withReasons));
        }

        // What goes back as it came, and is not looked at by a person, is not defused.
        public override void Write(InputRow row, RejectedRow? reason)
        {
            var cells = CellsOf(row, reason, layout);
            WriteLine([.. (withReasons ? cells.Select(RejectColumns.Defuse) : cells), .. Enumerable.Repeat("", row.Fault is null || cells.Length > 4 ? 0 : Math.Max(0, width - cells.Length))]);
        }

        public override void End()
        {
        }

        private void WriteLine(string[] cells)
        {
            using var stream = new MemoryStream();
            using (var writer = CsvWriter.Create(stream, CsvWriterOptions.Default with { Separator = layout.Delimiter, ValidateFieldCount = false }))
            {
                writer.WriteRecord(cells);
            }

            Buffer.Write(stream.ToArray());
        }
    }

    private sealed class XlsxOutput(TableLayout layout, bool withReasons) : RowOutput
    {
        private readonly List<Dictionary<string, object?>> rows = [];

        public override void Begin()
        {
        }

        public override void Write(InputRow row, RejectedRow? reason)
        {
            var (header, cells) = (HeaderOf(layout, withReasons), CellsOf(row, reason, layout));
            var named = new Dictionary<string, object?>();
            for (var i = 0; i < header.Length; i++)
            {
                named[header[i]] = i < cells.Length ? cells[i] : "";
            }

            rows.Add(named);
        }

        public override void End()
        {
            using var stream = new MemoryStream();
            stream.SaveAs(rows.Count > 0 ? rows : [HeaderOf(layout, withReasons).ToDictionary(name => name, _ => (object?)"")], excelType: ExcelType.XLSX);
            Buffer.Write(stream.ToArray());
        }
    }

    private sealed class JsonOutput(string start, string separator, string end) : RowOutput
    {
        private bool isFirst = true;

        public override void Begin() => Buffer.Write(Encoding.UTF8.GetBytes(start));

        public override void Write(InputRow row, RejectedRow? reason)
        {
            if (!isFirst && end.Length > 0)
            {
                Buffer.Write(Encoding.UTF8.GetBytes(separator));
            }

            isFirst = false;
            using (var writer = new Utf8JsonWriter(Buffer, ReadableJson.Options))
            {
                WriteObject(writer, row, reason);
            }

            if (end.Length == 0)
            {
                Buffer.Write(Encoding.UTF8.GetBytes(separator));
            }
        }

        public override void End() => Buffer.Write(Encoding.UTF8.GetBytes(end));

        private static void WriteObject(Utf8JsonWriter writer, InputRow row, RejectedRow? reason)
        {
            var text = Encoding.UTF8.GetString(row.Json.Span);
            using var json = TryParse(row.Json);
            writer.WriteStartObject();
            if (reason is not null || json is null)
            {
                writer.WriteStartObject(RejectColumns.Property);
                writer.WriteNumber("line", reason?.Line ?? row.Line);
                if (reason is not null)
                {
                    writer.WritePropertyName("problems");
                    reason.Problems.WriteTo(writer);
                }

                if (json is null)
                {
                    writer.WriteString("text", text); // what is no object, as it came
                }

                writer.WriteEndObject();
            }

            foreach (var property in json?.RootElement.EnumerateObject() ?? default)
            {
                if (property.Name != RejectColumns.Property)
                {
                    property.WriteTo(writer);
                }
            }

            writer.WriteEndObject();
        }

        private static JsonDocument? TryParse(ReadOnlyMemory<byte> text)
        {
            try
            {
                var json = JsonDocument.Parse(text);
                if (json.RootElement.ValueKind == JsonValueKind.Object)
                {
                    _ = json.RootElement.EnumerateObject().Select(property => property.Name).Count(); // a lone surrogate shows itself
                    return json;
                }
            }
            catch (Exception exception) when (exception is JsonException or InvalidOperationException)
            {
                // no object that could be mended
            }

            return null;
        }
    }
}
