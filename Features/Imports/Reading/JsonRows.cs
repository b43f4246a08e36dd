using System.Text.Json;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Features.Imports.Reading;

/// <summary>The objects of a JSON array, or of the array that an object has under <c>contacts</c>. Where the JSON breaks, the input ends; nothing may follow it.</summary>
internal sealed class JsonRows : RowReader
{
    private const string Contacts = "contacts";

    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonBytes.MaxDepth };

    private readonly Stream stream;
    private readonly ObjectReader objects;
    private readonly InputPosition start;
    private InputBuffer input;
    private long line = 1;
    private bool isInObject;
    private bool isInArray;
    private bool isFirst;

    public JsonRows(Stream input, ObjectReader objects, InputPosition start)
    {
        (stream, this.input, this.objects, this.start) = (input, new(input, 0), objects, start);
        input.Seek(0, SeekOrigin.Begin);
    }

    public override async ValueTask<InputRow?> ReadAsync(CancellationToken cancellationToken)
    {
        if (!isInArray)
        {
            await FindArrayAsync(cancellationToken);
            (isInArray, isFirst) = (true, true);
            if (start != InputPosition.Beginning)
            {
                stream.Seek(start.Offset, SeekOrigin.Begin);
                (input, line, isFirst) = (new(stream, start.Offset), start.Line, false);
            }
        }

        var next = await SkipBlanksAsync(cancellationToken);
        if (next == ']')
        {
            Advance(1);
            await ExpectEndAsync(cancellationToken);
            return null;
        }

        if (!isFirst)
        {
            Expect(next == ',', "a comma or the end of the array");
            Advance(1);
            next = await SkipBlanksAsync(cancellationToken);
        }

        isFirst = false;
        var at = line;
        Expect(next is not (null or (byte)',' or (byte)']'), "an object");
        var length = await FindEndAsync(cancellationToken);
        var json = input.Span[..length].ToArray();
        Advance(length);
        return objects.Read(json, at, new(input.Offset, line));
    }

    public override ValueTask DisposeAsync()
    {
        input.Dispose();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FindArrayAsync(CancellationToken cancellationToken)
    {
        var first = await SkipBlanksAsync(cancellationToken);
        Expect(first is (byte)'[' or (byte)'{', "an array of contacts, or an object with one");
        Advance(1);
        isInObject = first == '{';
        for (var isNext = false; isInObject; isNext = true)
        {
            if (isNext)
            {
                Expect(await SkipBlanksAsync(cancellationToken) == ',', $"the property {Contacts}");
                Advance(1);
            }

            if (await ReadNameAsync(cancellationToken) == Contacts)
            {
                Expect(await SkipBlanksAsync(cancellationToken) == '[', $"an array under {Contacts}");
                Advance(1);
                return;
            }

            await SkipBlanksAsync(cancellationToken);
            Advance(await FindEndAsync(cancellationToken));
        }
    }

    // After the array: the rest of its object, and nothing else.
    private async ValueTask ExpectEndAsync(CancellationToken cancellationToken)
    {
        while (isInObject)
        {
            var next = await SkipBlanksAsync(cancellationToken);
            Expect(next is (byte)',' or (byte)'}', "a comma or the end of the object");
            Advance(1);
            isInObject = next == ',';
            if (isInObject)
            {
                Expect(await ReadNameAsync(cancellationToken) != Contacts, $"only one property {Contacts}");
                await SkipBlanksAsync(cancellationToken);
                Advance(await FindEndAsync(cancellationToken));
            }
        }

        Expect(await SkipBlanksAsync(cancellationToken) is null, "the end of the file");
    }

    // A property's name, and the colon after it.
    private async ValueTask<string?> ReadNameAsync(CancellationToken cancellationToken)
    {
        Expect(await SkipBlanksAsync(cancellationToken) == '"', $"the name of a property, such as {Contacts}");
        var length = await FindEndAsync(cancellationToken);
        var name = JsonDocument.Parse(input.Span[..length].ToArray()).RootElement.GetString();
        Advance(length);
        Expect(await SkipBlanksAsync(cancellationToken) == ':', "a colon");
        Advance(1);
        return name;
    }

    // The next character that is none; null at the end.
    private async ValueTask<byte?> SkipBlanksAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var blanks = input.Span.IndexOfAnyExcept(" \t\r\n"u8);
            if (blanks >= 0)
            {
                Advance(blanks);
                return input.Span[0];
            }

            Advance(input.Span.Length);
            if (input.IsLast)
            {
                return null;
            }

            await input.GrowAsync(cancellationToken);
        }
    }

    // The length of the value that the window begins with.
    private async ValueTask<int> FindEndAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (Measure() is { } length)
            {
                return length;
            }

            Expect(!input.IsLast, "the rest of a value");
            if (input.Span.Length > MaxRowBytes)
            {
                throw new BrokenInputException($"A value in line {line} is larger than {MaxRowBytes} bytes", line);
            }

            await input.GrowAsync(cancellationToken);
        }
    }

    private int? Measure()
    {
        var reader = new Utf8JsonReader(input.Span, input.IsLast, new JsonReaderState(Options));
        try
        {
            return reader.Read() && reader.TrySkip() && (reader.TokenType != JsonTokenType.Number || reader.BytesConsumed < input.Span.Length || input.IsLast) ? (int)reader.BytesConsumed : null;
        }
        catch (JsonException exception)
        {
            throw new BrokenInputException($"Line {line + (exception.LineNumber ?? 0)} is no JSON", line + (exception.LineNumber ?? 0));
        }
    }

    private void Advance(int count)
    {
        line += input.Span[..count].Count((byte)'\n');
        input.Advance(count);
    }

    private void Expect(bool isThere, string what)
    {
        if (!isThere)
        {
            throw new BrokenInputException($"Line {line} should have {what}", line);
        }
    }
}
