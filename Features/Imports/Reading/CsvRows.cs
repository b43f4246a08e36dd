using System.Buffers;
using System.Text;
using CrmImport.Infrastructure.Answers;
using CsvHelper;

namespace CrmImport.Features.Imports.Reading;

/// <summary>
/// The rows of a CSV. A quote that is opened and not closed spoils the line it stands in and no other: the reading goes on with the line after it.
/// A quote within a cell that has none at its beginning is text.
/// </summary>
internal sealed class CsvRows : RowReader
{
    private readonly Stream input;
    private readonly TableLayout layout;
    private readonly CellReader cells;
    private readonly string[] latest; // by column
    private CsvReader csv = null!;
    private InputPosition start; // where the reader began
    private InputPosition next;
    private bool isMalformed;

    public CsvRows(Stream input, TableLayout layout, CellReader cells, InputPosition start)
    {
        (this.input, this.layout, this.cells) = (input, layout, cells);
        latest = [.. layout.Header.Select(_ => "")];
        Begin(start);
    }

    public override async ValueTask<InputRow?> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            isMalformed = false;
            if (!await csv.ReadAsync(cancellationToken))
            {
                return null;
            }
        }
        catch (CsvFormatException tooLarge)
        {
            return await ReadPastAsync(new(start.Offset + tooLarge.ByteOffset, start.Line + tooLarge.LineNumber - 1), cancellationToken);
        }

        var raw = csv.RawRecord;
        var breaks = CountBreaks(raw);
        var begin = new InputPosition(start.Offset + csv.ByteOffset, start.Line + csv.LineNumber - 1);
        if (isMalformed || (breaks > 0 && csv.FieldCount != layout.Header.Count))
        {
            return await ReadPastAsync(begin, cancellationToken);
        }

        next = new(begin.Offset + raw.Length, begin.Line + breaks);
        if (raw.Length > MaxRowBytes)
        {
            return new(begin.Line, next) { Cells = [], Fault = Problem.Severe(ApiErrors.RowTooLarge, null, $"The row is longer than {MaxRowBytes} bytes") };
        }

        var read = new string[csv.FieldCount];
        for (var i = 0; i < read.Length; i++)
        {
            read[i] = Read(i);
        }

        return cells.Read(read, begin.Line, next);
    }

    // In most columns many rows have the same: one text is enough for those next to each other.
    private string Read(int column)
    {
        if (column >= latest.Length)
        {
            return csv.GetString(column);
        }

        return Ascii.Equals(csv.GetSpan(column), latest[column]) ? latest[column] : latest[column] = csv.GetString(column);
    }

    public override async ValueTask DisposeAsync()
    {
        await csv.DisposeAsync();
        await input.DisposeAsync();
    }

    private void Begin(InputPosition from)
    {
        (start, next) = (from, from);
        input.Seek(from.Offset, SeekOrigin.Begin);
        csv = CsvReader.Create(
            input,
            CsvReaderOptions.Default with
            {
                Separator = layout.Delimiter,
                HasHeader = false,
                TrackLineNumbers = true,
                MaxRecordSize = MaxRowBytes,
                IncludeValuesInExceptions = false,
                Encoding = Encoding.UTF8,
                OnMalformedRecord = record => isMalformed |= record.Reason != CsvMalformedReason.StrayQuote,
            },
            leaveOpen: true);
    }

    // The line is one row, whatever it is; the next begins after it.
    private async ValueTask<InputRow> ReadPastAsync(InputPosition from, CancellationToken cancellationToken)
    {
        await csv.DisposeAsync();
        input.Seek(from.Offset, SeekOrigin.Begin);
        var line = new ArrayBufferWriter<byte>();
        var buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
        try
        {
            var length = 0L;
            for (int read; (read = await input.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                var end = buffer.AsSpan(0, read).IndexOfAny((byte)'\n', (byte)'\r');
                var part = buffer.AsMemory(0, end < 0 ? read : end);
                length += part.Length;
                if (line.WrittenCount + part.Length <= MaxRowBytes)
                {
                    line.Write(part.Span);
                }

                if (end >= 0)
                {
                    break;
                }
            }

            Begin(new(from.Offset + length, from.Line));
            return new(from.Line, next)
            {
                Cells = [Encoding.UTF8.GetString(line.WrittenSpan)],
                Fault = length > MaxRowBytes
                    ? Problem.Severe(ApiErrors.RowTooLarge, null, $"The line is longer than {MaxRowBytes} bytes")
                    : Problem.Severe(ApiErrors.MalformedRow, null, "A quote in the line is not closed, or has text after it"),
            };
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>How many lines the text ends.</summary>
    public static int CountBreaks(ReadOnlySpan<byte> raw)
    {
        var count = 0;
        for (int at; (at = raw.IndexOfAny((byte)'\n', (byte)'\r')) >= 0; count++)
        {
            raw = raw[(at + (raw[at..].StartsWith("\r\n"u8) ? 2 : 1))..];
        }

        return count;
    }
}
