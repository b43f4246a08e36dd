namespace CrmImport.Features.Imports.Reading;

/// <summary>Reads the rows of an input one after the other, from a place between two of them, in constant memory.</summary>
internal abstract class RowReader : IAsyncDisposable
{
    /// <summary>Most bytes of a row.</summary>
    public const int MaxRowBytes = 1024 * 1024;

    /// <summary>The next row; null at the end.</summary>
    /// <exception cref="BrokenInputException">The input cannot be read any further.</exception>
    public abstract ValueTask<InputRow?> ReadAsync(CancellationToken cancellationToken);

    public abstract ValueTask DisposeAsync();

    /// <summary>Reads the input from that place on.</summary>
    /// <param name="input">The whole input in UTF-8, or a workbook; it can seek.</param>
    /// <param name="layout">The header of a table; null for JSON.</param>
    public static RowReader Open(InputFormat format, Stream input, TableLayout? layout, ImportOptions options, ListNames names, InputPosition start) => format switch
    {
        InputFormat.Csv => new CsvRows(input, layout!, new CellReader(layout!, options, names), start),
        InputFormat.Xlsx => new XlsxRows(input, options.Sheet, layout!, new CellReader(layout!, options, names), start),
        InputFormat.Ndjson => new NdjsonRows(input, new ObjectReader(options, names), start),
        _ => new JsonRows(input, new ObjectReader(options, names), start),
    };
}

/// <summary>The input is broken in such a way that what follows cannot be read.</summary>
internal sealed class BrokenInputException(string message, long line) : Exception(message)
{
    public long Line => line;
}
