using System.Buffers;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CrmImport.Infrastructure.Fields;
using Microsoft.Net.Http.Headers;

namespace CrmImport.Infrastructure.Http;

/// <summary>Reads the JSON object in a request's body, in the contract's order: media type (415), size (413), JSON root (400, <c>REST0002</c>).</summary>
internal static class JsonBody
{
    /// <summary>Deepest nesting of objects and arrays.</summary>
    private const int MaxDepth = 64;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    public static async Task<Answer<RecordInput>> ReadRecordAsync(HttpContext http, RecordShape shape, int maxBytes, CancellationToken cancellationToken)
    {
        if (!TryGetEncoding(http.Request, out var encoding))
        {
            return new Refusal(ApiErrors.UnsupportedMediaType, "Content-Type must be application/json and the body not encoded");
        }

        var body = await ReadBytesAsync(http.Request, maxBytes, cancellationToken);
        if (body is null)
        {
            return new Refusal(ApiErrors.BodyTooLarge, $"The body is larger than {maxBytes} bytes");
        }

        try
        {
            return Parse(encoding.CodePage == Encoding.UTF8.CodePage ? body : Encoding.Convert(Strictly(encoding), Encoding.UTF8, body), shape);
        }
        catch (DecoderFallbackException exception)
        {
            var before = Encoding.Convert(encoding, Encoding.UTF8, body, 0, Math.Clamp(exception.Index, 0, body.Length));
            return Broken(before, before.Length, $"Bytes that are not {encoding.WebName}");
        }
    }

    // Left to itself, .NET replaces what it cannot decode, and a name would be stored with question marks in it.
    private static Encoding Strictly(Encoding encoding) => Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private static bool TryGetEncoding(HttpRequest request, out Encoding encoding)
    {
        encoding = Encoding.UTF8;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals(MediaTypeNames.Application.Json, StringComparison.OrdinalIgnoreCase)
            || request.Headers.ContentEncoding.Any(coding => coding is not (null or "") && !string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        encoding = EncodingOf(type);
        return true;
    }

    // A charset .NET does not know is read as UTF-8, which JSON is; what is not shows itself as invalid bytes.
    private static Encoding EncodingOf(MediaTypeHeaderValue type)
    {
        try
        {
            return type.Encoding ?? Encoding.UTF8;
        }
        catch (NotSupportedException)
        {
            return Encoding.UTF8; // UTF-7, which .NET refuses by an exception of its own
        }
    }

    private static async Task<byte[]?> ReadBytesAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        while (true)
        {
            var read = await request.BodyReader.ReadAsync(cancellationToken);
            if (read.Buffer.Length > maxBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return null;
            }

            if (read.IsCompleted)
            {
                var body = read.Buffer.ToArray();
                request.BodyReader.AdvanceTo(read.Buffer.End);
                return body;
            }

            request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        }
    }

    private static Answer<RecordInput> Parse(byte[] body, RecordShape shape)
    {
        ReadOnlySpan<byte> json = body.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? body.AsSpan(Encoding.UTF8.Preamble.Length) : body;
        if (!Utf8.IsValid(json))
        {
            return Broken(json, JsonPosition.FirstInvalid(json), "Bytes that are not UTF-8");
        }

        var start = json.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || json[start] != (byte)'{')
        {
            return Broken(json, start < 0 ? json.Length : start, "A JSONObject text must begin with '{'");
        }

        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            reader.Read();
            var record = RecordReader.Read(ref reader, shape);
            reader.Read(); // nothing but blanks may follow
            return record;
        }
        catch (JsonException exception)
        {
            var position = JsonPosition.Of(json, exception);
            return Broken(json, position, reader.CurrentDepth >= MaxDepth - 1 && position < json.Length && json[position] is (byte)'[' or (byte)'{' ? $"Nested deeper than {MaxDepth} levels" : JsonPosition.Describe(json, position));
        }
    }

    private static Refusal Broken(ReadOnlySpan<byte> json, int position, string what) =>
        new(ApiErrors.InvalidJson, "The body is not one JSON object") { Detail = $"{what} at character {JsonPosition.Locate(json, position)}" };
}
