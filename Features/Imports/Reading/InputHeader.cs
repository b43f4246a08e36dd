using System.Text;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CsvHelper;

namespace CrmImport.Features.Imports.Reading;

/// <summary>Looks at the beginning of an input: a table's header, a workbook's sheets.</summary>
internal static class InputHeader
{
    private const int SampleBytes = 256 * 1024;

    /// <summary>The layout of a table, null for JSON; refused where it has no header that can be used.</summary>
    /// <param name="contact">A contact as the database has it.</param>
    public static Answer<TableLayout?> Read(Stream input, InputFormat format, ImportOptions options, RecordShape contact, long maxBytes)
    {
        var stored = ReadStored(input, format, options, maxBytes);
        if (stored.Refusal is not null || stored.Value is null)
        {
            return stored.Refusal is { } refusal ? refusal : Answer<TableLayout?>.Of(null);
        }

        var layout = TableLayout.Of(stored.Value, options.Mapping, contact);
        return layout.Refusal is { } wrong ? wrong : Answer<TableLayout?>.Of(layout.Value);
    }

    /// <summary>The header of a table, whatever its columns are; null for JSON.</summary>
    public static Answer<StoredLayout?> ReadStored(Stream input, InputFormat format, ImportOptions options, long maxBytes) => format switch
    {
        InputFormat.Csv => ReadCsv(input, options),
        InputFormat.Xlsx => ReadXlsx(input, options, maxBytes),
        _ => Answer<StoredLayout?>.Of(null),
    };

    private static Answer<StoredLayout?> ReadCsv(Stream input, ImportOptions options)
    {
        var sample = new byte[SampleBytes];
        sample = sample[..input.ReadAtLeast(sample, sample.Length, throwOnEndOfStream: false)];
        var start = sample.AsSpan().IndexOfAnyExcept(" \t\r\n"u8) is >= 0 and var first ? sample.AsSpan(0, first).LastIndexOfAny((byte)'\n', (byte)'\r') + 1 : -1;
        if (start < 0)
        {
            return new Refusal(ApiErrors.EmptyFile, "The file has no header");
        }

        var separator = options.Delimiter?[0];
        if (sample.AsSpan(start) is [(byte)'s', (byte)'e', (byte)'p', (byte)'=', var named, (byte)'\r' or (byte)'\n', ..] && named < 0x80)
        {
            separator ??= (char)named; // Excel's way to say it
            start += sample.AsSpan(start).IndexOf((byte)'\n') is >= 0 and var end ? end + 1 : "sep=;\r".Length;
        }

        var text = sample.AsMemory(start);
        if (separator is null)
        {
            using var detector = CsvReader.Create(text, CsvReaderOptions.Default with { HasHeader = false });
            separator = detector.Separator;
        }

        using var reader = CsvReader.Create(text, CsvReaderOptions.Default with { HasHeader = false, Separator = separator, TrackLineNumbers = true, Encoding = Encoding.UTF8 });
        if (!reader.Read())
        {
            return new Refusal(ApiErrors.EmptyFile, "The file has no header");
        }

        var raw = reader.RawRecord;
        if (raw.Length >= text.Length && sample.Length == SampleBytes)
        {
            return new Refusal(ApiErrors.InvalidFile, $"The header is longer than {SampleBytes} bytes");
        }

        var header = Enumerable.Range(0, reader.FieldCount).Select(reader.GetString).ToArray();
        var offset = start + reader.ByteOffset + raw.Length;
        return new StoredLayout(separator.Value, header, offset, 1 + CsvRows.CountBreaks(sample.AsSpan(0, (int)offset)));
    }

    private static Answer<StoredLayout?> ReadXlsx(Stream input, ImportOptions options, long maxBytes)
    {
        var sheets = XlsxRows.ReadSheets(input, maxBytes);
        if (sheets.Refusal is not null)
        {
            return sheets.Refusal;
        }

        if (options.Sheet is { } sheet && !sheets.Value.Contains(sheet, StringComparer.Ordinal))
        {
            return Refusal.Of(ApiErrors.InvalidParameter, "sheet", $"The workbook has no sheet {sheet}; it has {string.Join(", ", sheets.Value)}");
        }

        input.Seek(0, SeekOrigin.Begin);
        var header = XlsxRows.ReadHeader(input, options.Sheet);
        return header.Refusal is { } refusal ? refusal : new StoredLayout(',', header.Value.Header, header.Value.Rows, header.Value.Rows + 1);
    }
}
