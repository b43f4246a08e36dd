using System.Buffers;
using System.IO.Pipelines;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace CrmImport.Infrastructure.Http;

/// <summary>Reads the JSON in a request's body, in the contract's order: media type (415), size (413), JSON root (400, <c>REST0002</c>).</summary>
internal static class JsonBody
{
    /// <summary>What a record may be sent as.</summary>
    public static readonly IReadOnlyList<string> RecordMediaTypes = [MediaTypeNames.Application.Json];

    public static async Task<Answer<RequestBody<RecordInput>>> ReadRecordAsync(HttpContext http, RecordShape shape, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(http, RecordMediaTypes, json => ReadRecord(json, shape), cancellationToken);
        if (body.Refusal is null)
        {
            SentRecord.Attach(http, body.Value.Content);
        }

        return body;
    }

    /// <summary>The JSON object that a body is, by a record's shape.</summary>
    public static Answer<RecordInput> ReadRecord(JsonBytes body, RecordShape shape) =>
        shape.Groups.Count == 0
            ? body.Parse<RecordInput>("{", (ref reader) => RecordReader.Read(ref reader, shape))
            : ReadGrouped(body, shape);

    private static Answer<RecordInput> ReadGrouped(JsonBytes body, RecordShape shape)
    {
        var json = body.Parse<JsonNode?>("{", StrictJson.Read);
        var flat = json.Refusal is { } broken ? broken : GroupedFields.Flatten(json.Value!.AsObject(), shape);
        if (flat.Refusal is { } refusal)
        {
            return refusal;
        }

        var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(flat.Value));
        reader.Read();
        return RecordReader.Read(ref reader, shape);
    }

    /// <summary>
    /// What the body is parsed to, if it is of one of the media types (415) and not too large (413). Large bodies wait for their turn: 503 where too many do.
    /// </summary>
    public static async Task<Answer<RequestBody<T>>> ReadAsync<T>(
        HttpContext http, IReadOnlyList<string> mediaTypes, Func<JsonBytes, Answer<T>> parse, CancellationToken cancellationToken)
    {
        if (!TryGetType(http.Request, mediaTypes, out var mediaType, out var encoding))
        {
            return new Refusal(ApiErrors.UnsupportedMediaType, $"Content-Type must be {string.Join(" or ", mediaTypes)} and the body must not be encoded");
        }

        var limits = http.RequestServices.GetRequiredService<IOptions<LimitsOptions>>().Value;
        if (await BufferAsync(http.Request, limits, cancellationToken) is not { } buffer)
        {
            return new Refusal(ApiErrors.BodyTooLarge, $"The body is larger than {limits.BodyBytes} bytes");
        }

        using var turn = await http.RequestServices.GetRequiredService<LargeBodies>().WaitAsync(buffer.Length, cancellationToken);
        var body = turn is null ? [] : buffer.ToArray();
        http.Request.BodyReader.AdvanceTo(buffer.End);
        if (turn is null)
        {
            return new Refusal(ApiErrors.Busy, $"Too many concurrent requests with a body of {LargeBodies.MinBytes} bytes or more") { RetryAfterSeconds = 1 };
        }

        var json = Decode(body, mediaType, encoding);
        if (json.Refusal is not null)
        {
            return json.Refusal;
        }

        var content = parse(json.Value);
        return content.Refusal is { } refusal ? refusal : new RequestBody<T>(content.Value, json.Value);
    }

    private static Answer<JsonBytes> Decode(byte[] body, string mediaType, Encoding encoding)
    {
        try
        {
            return new JsonBytes(mediaType, body, encoding.CodePage == Encoding.UTF8.CodePage ? body : Encoding.Convert(Strictly(encoding), Encoding.UTF8, body));
        }
        catch (DecoderFallbackException exception)
        {
            var before = Encoding.Convert(encoding, Encoding.UTF8, body, 0, Math.Clamp(exception.Index, 0, body.Length));
            return JsonBytes.Broken(before, before.Length, $"Bytes that are not {encoding.WebName}", "{");
        }
    }

    // Left to itself, .NET replaces what it cannot decode, and a name would be stored with question marks in it.
    private static Encoding Strictly(Encoding encoding) => Encoding.GetEncoding(encoding.CodePage, EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback);

    private static bool TryGetType(HttpRequest request, IReadOnlyList<string> mediaTypes, out string mediaType, out Encoding encoding)
    {
        (mediaType, encoding) = (MediaTypeNames.Application.Json, Encoding.UTF8);
        if ((HttpMethods.IsPatch(request.Method) || request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<UntypedJson>() is not null) && !request.Headers.ContainsKey(HeaderNames.ContentType) && request.Headers.ContentEncoding.Count == 0)
        {
            return true; // by its root, as SuperOffice's document sends it
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || mediaTypes.FirstOrDefault(accepted => type.MediaType.Equals(accepted, StringComparison.OrdinalIgnoreCase)) is not { } named
            || request.Headers.ContentEncoding.Any(coding => coding is not (null or "") && !string.Equals(coding, "identity", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        (mediaType, encoding) = (named, EncodingOf(type));
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

    /// <summary>The whole body, still in the reader's buffer; null where it is too large.</summary>
    private static async ValueTask<ReadOnlySequence<byte>?> BufferAsync(HttpRequest request, LimitsOptions limits, CancellationToken cancellationToken)
    {
        var maxBytes = limits.BodyBytes;
        if (request.ContentLength > maxBytes)
        {
            return null;
        }

        // Most bodies are there with their headers; the time is taken of those that are waited for.
        if (IsOver(request.BodyReader, maxBytes, out var body))
        {
            return body;
        }

        var longest = TimeSpan.FromSeconds(limits.BodySeconds);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(longest);
        try
        {
            while (!IsOver(await request.BodyReader.ReadAsync(time.Token), request.BodyReader, maxBytes, out body))
            {
            }

            return body;
        }
        catch (InvalidOperationException exception)
        {
            throw Unreadable(exception);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BadHttpRequestException($"The body took more than {longest.TotalSeconds} seconds", StatusCodes.Status408RequestTimeout);
        }
    }

    private static bool IsOver(PipeReader reader, int maxBytes, out ReadOnlySequence<byte>? body)
    {
        try
        {
            body = null;
            return reader.TryRead(out var read) && IsOver(read, reader, maxBytes, out body);
        }
        catch (InvalidOperationException exception)
        {
            throw Unreadable(exception);
        }
    }

    // So the server says that a trailer has a NUL, or bytes that are no text.
    private static BadHttpRequestException Unreadable(InvalidOperationException exception) => new("The trailers cannot be read", exception);

    /// <summary>Whether the reading is over: with the whole body, or with null where there is too much of it.</summary>
    private static bool IsOver(ReadResult read, PipeReader reader, int maxBytes, out ReadOnlySequence<byte>? body)
    {
        body = null;
        if (read.Buffer.Length > maxBytes)
        {
            reader.AdvanceTo(read.Buffer.End);
            return true;
        }

        if (read.IsCompleted)
        {
            body = read.Buffer;
            return true;
        }

        reader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
        return false;
    }
}

/// <summary>The route takes a body without <c>Content-Type</c> for JSON, as every PATCH does.</summary>
internal sealed record UntypedJson;

/// <summary>What a request's body was parsed to, and the body as it came: a write's is part of what its idempotency key stands for.</summary>
internal sealed record RequestBody<T>(T Content, JsonBytes Json);
