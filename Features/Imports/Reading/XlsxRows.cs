using System.Globalization;
using System.IO.Compression;
using CrmImport.Infrastructure.Answers;
using MiniExcelLibs;
using MiniExcelLibs.OpenXml;

namespace CrmImport.Features.Imports.Reading;

/// <summary>The rows of a sheet under its header; blank ones are passed over. Their positions are counted in rows, and numbers and days are read as texts.</summary>
internal sealed class XlsxRows : RowReader
{
    /// <summary>Most bytes of a workbook, unpacked: it is read through before its rows are.</summary>
    public const long MaxBytes = 1024L * 1024 * 1024;

    private const string SharedTexts = "sharedStrings.xml"; // all in memory
    private const long MaxSharedBytes = 128L * 1024 * 1024;

    /// <summary>Errors that a formula may come to; <c>#N/A</c> is the token that clears.</summary>
    private static readonly HashSet<string> Errors = ["#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!", "#FIELD!", "#BUSY!", "#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#GETTING_DATA"];

    private static readonly OpenXmlConfiguration Configuration = new() { EnableSharedStringCache = false, FastMode = false };

    private readonly Stream input;
    private readonly CellReader cells;
    private readonly int width;
    private readonly IEnumerator<IDictionary<string, object?>> rows;
    private long line;

    public XlsxRows(Stream input, string? sheet, TableLayout layout, CellReader cells, InputPosition start)
    {
        (this.input, this.cells, width) = (input, cells, layout.Header.Count);
        rows = RowsOf(input, sheet).GetEnumerator();
        while (line < start.Offset && MoveNext())
        {
            line++;
        }
    }

    /// <summary>The cells of the first row that has any, and how many rows that makes; refused for a sheet that is empty or broken. Blanks at its end are left off.</summary>
    public static Answer<(string[] Header, long Rows)> ReadHeader(Stream input, string? sheet)
    {
        var rows = 0L;
        try
        {
            foreach (var row in RowsOf(input, sheet))
            {
                rows++;
                var header = row.Values.Select(Text).ToArray();
                var width = Array.FindLastIndex(header, cell => cell.Length > 0) + 1;
                if (width > 0)
                {
                    return (header[..width], rows);
                }
            }
        }
        catch (Exception exception) when (IsOfWorkbook(exception))
        {
            return new Refusal(ApiErrors.InvalidFile, $"Row {rows + 1} of the sheet cannot be read");
        }

        return new Refusal(ApiErrors.EmptyFile, "The sheet is empty");
    }

    /// <summary>The names of the sheets; refused where the input is no workbook or unpacks to more bytes than that.</summary>
    public static Answer<IReadOnlyList<string>> ReadSheets(Stream input, long maxBytes)
    {
        try
        {
            using (var archive = new ZipArchive(input, ZipArchiveMode.Read, leaveOpen: true))
            {
                if (!Fits(archive, Math.Min(maxBytes, MaxBytes)))
                {
                    return new Refusal(ApiErrors.BodyTooLarge, $"The workbook unpacks to more than {Math.Min(maxBytes, MaxBytes)} bytes, has more than {MaxSharedBytes} bytes of texts, or a cell of more than {MaxRowBytes}; save it as CSV");
                }
            }

            return Answer<IReadOnlyList<string>>.Of(MiniExcel.GetSheetNames(input));
        }
        catch (Exception exception) when (IsOfWorkbook(exception))
        {
            return new Refusal(ApiErrors.InvalidFile, "The body is no Excel workbook (xlsx)");
        }
    }

    public override ValueTask<InputRow?> ReadAsync(CancellationToken cancellationToken)
    {
        while (MoveNext())
        {
            line++;
            string[] read = [.. rows.Current.Values.Select(Text)];
            if (read.Any(cell => cell.Length > 0))
            {
                Array.Resize(ref read, Math.Max(read.Length, width));
                return ValueTask.FromResult<InputRow?>(ReadRow([.. read.Select(cell => cell ?? "")]));
            }
        }

        return ValueTask.FromResult<InputRow?>(null);
    }

    public override ValueTask DisposeAsync()
    {
        rows.Dispose();
        input.Dispose();
        return ValueTask.CompletedTask;
    }

    private InputRow ReadRow(string[] read)
    {
        var (at, end) = (line, new InputPosition(line, line + 1));
        if (read.Sum(cell => (long)cell.Length) > MaxRowBytes)
        {
            return new(at, end) { Cells = [], Fault = Problem.Severe(ApiErrors.RowTooLarge, null, $"The row has more than {MaxRowBytes} characters") };
        }

        var row = cells.Read(read, at, end);
        return Array.FindIndex(read, Errors.Contains) is >= 0 and var column
            ? new(at, end) { Cells = read, Fault = Problem.Severe(ApiErrors.MalformedRow, null, $"Cell {column + 1} of the row has the error {read[column]}") }
            : row;
    }

    private bool MoveNext()
    {
        try
        {
            return rows.MoveNext();
        }
        catch (Exception exception) when (IsOfWorkbook(exception))
        {
            throw new BrokenInputException($"Row {line + 1} of the sheet cannot be read", line + 1);
        }
    }

    // The reader has no exception of its own for a workbook that is none.
    private static bool IsOfWorkbook(Exception exception) => exception is not (OperationCanceledException or Npgsql.NpgsqlException);

    private static IEnumerable<IDictionary<string, object?>> RowsOf(Stream input, string? sheet) =>
        MiniExcel.Query(input, useHeaderRow: false, sheetName: sheet, excelType: ExcelType.XLSX, configuration: Configuration).Cast<IDictionary<string, object?>>();

    // By reading it: what the directory says of sizes is the sender's word. A text without a tag in it is a cell, which the reader takes whole.
    private static bool Fits(ZipArchive archive, long maxBytes)
    {
        var buffer = new byte[128 * 1024];
        var total = 0L;
        foreach (var entry in archive.Entries)
        {
            using var content = entry.Open();
            var (bytes, untagged, isXml) = (0L, 0L, entry.Name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase));
            for (int read; (read = content.Read(buffer)) > 0;)
            {
                (total, bytes) = (total + read, bytes + read);
                untagged = buffer.AsSpan(0, read).LastIndexOf((byte)'<') is >= 0 and var tag ? read - tag : untagged + read;
                if (total > maxBytes || (isXml && untagged > MaxRowBytes) || (bytes > MaxSharedBytes && entry.Name == SharedTexts))
                {
                    return false;
                }
            }
        }

        return true;
    }

    private static string Text(object? cell) => cell switch
    {
        null => "",
        string text => text,
        bool flag => flag ? "true" : "false",
        DateTime time => time.TimeOfDay == TimeSpan.Zero ? time.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : time.ToString("yyyy-MM-ddTHH:mm:ss", CultureInfo.InvariantCulture),
        IFormattable value => value.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };
}
