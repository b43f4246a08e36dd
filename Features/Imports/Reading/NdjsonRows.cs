using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Imports.Reading;

/// <summary>The rows of NDJSON: a line each. A line that cannot be read costs that line; blank ones are passed over.</summary>
internal sealed class NdjsonRows : RowReader
{
    private readonly InputBuffer input;
    private readonly ObjectReader objects;
    private long line;

    public NdjsonRows(Stream input, ObjectReader objects, InputPosition start)
    {
        input.Seek(start.Offset, SeekOrigin.Begin);
        (this.input, this.objects, line) = (new(input, start.Offset), objects, start.Line);
    }

    public override async ValueTask<InputRow?> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var end = input.Span.IndexOf((byte)'\n');
            if (end < 0 && !input.IsLast)
            {
                if (input.Span.Length > MaxRowBytes)
                {
                    return await ReadPastAsync(cancellationToken);
                }

                await input.GrowAsync(cancellationToken);
                continue;
            }

            if (end < 0 && input.Span.IsEmpty)
            {
                return null;
            }

            if (Take(end) is { } row)
            {
                return row;
            }
        }
    }

    public override ValueTask DisposeAsync()
    {
        input.Dispose();
        return ValueTask.CompletedTask;
    }

    // Null for a blank line.
    private InputRow? Take(int end)
    {
        var text = end < 0 ? input.Span : input.Span[..end];
        var isBlank = text.IndexOfAnyExcept(" \t\r"u8) < 0;
        var json = isBlank || text.Length > MaxRowBytes ? [] : text.TrimEnd((byte)'\r').ToArray();
        var isTooLarge = text.Length > MaxRowBytes;
        input.Advance(end < 0 ? text.Length : end + 1);
        var at = line++;
        return isBlank ? null : isTooLarge ? TooLarge(at) : objects.Read(json, at, new(input.Offset, line));
    }

    private async ValueTask<InputRow> ReadPastAsync(CancellationToken cancellationToken)
    {
        int end;
        while ((end = input.Span.IndexOf((byte)'\n')) < 0 && !input.IsLast)
        {
            input.Advance(input.Span.Length);
            await input.GrowAsync(cancellationToken);
        }

        input.Advance(end < 0 ? input.Span.Length : end + 1);
        return TooLarge(line++);
    }

    private InputRow TooLarge(long at) =>
        new(at, new(input.Offset, line)) { Fault = Problem.Severe(ApiErrors.RowTooLarge, null, $"The line is longer than {MaxRowBytes} bytes") };
}
