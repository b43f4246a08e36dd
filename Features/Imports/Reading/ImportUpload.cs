using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace CrmImport.Features.Imports.Reading;

/// <summary>A request that brings a file: its parameters, of the query and of the form's parts before the file, and the file, which is not read yet.</summary>
internal sealed record ImportUpload(ImportSource Source, IReadOnlyDictionary<string, string> Parameters, bool IsForm)
{
    private const int MaxFieldBytes = 1024 * 1024;
    private const int MaxFields = 100;
    private const int MaxBoundary = 200;
    private const string DigestHeader = "Content-Digest";

    public static async Task<Answer<ImportUpload>> ReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var parameters = request.Query.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        if (request.Query.FirstOrDefault(parameter => parameter.Value.Count > 1).Key is { } repeated)
        {
            return Refusal.Of(ApiErrors.InvalidParameter, repeated, $"{repeated} appears more than once");
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) && !string.IsNullOrEmpty(request.ContentType))
        {
            return Unsupported();
        }

        if (type?.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase) == true)
        {
            return await ReadFormAsync(request, type, parameters, cancellationToken);
        }

        return ToUpload(request.Body, type, request.Headers.ContentEncoding.ToString(), parameters.GetValueOrDefault(ImportParameters.FileName), parameters, isForm: false);
    }

    /// <summary>The request's idempotency key and digest; null where it has neither.</summary>
    public static Answer<ImportKey?> ReadKey(HttpRequest request, ImportUpload upload)
    {
        var key = IdempotencyKey.Read(request, default);
        var digest = ReadDigest(request);
        if ((key.Refusal ?? digest.Refusal) is { } refusal)
        {
            return refusal;
        }

        if (digest.Value is not null && upload.IsForm)
        {
            return Refusal.Of(ApiErrors.InvalidParameter, DigestHeader, $"{DigestHeader} is of the whole body, which of a form is not kept; send the file as the body");
        }

        var asked = string.Join('\n', upload.Parameters.OrderBy(parameter => parameter.Key, StringComparer.OrdinalIgnoreCase).Select(parameter => $"{parameter.Key.ToLowerInvariant()}={parameter.Value}"));
        return key.Value is null && digest.Value is null ? Answer<ImportKey?>.Of(null) : new ImportKey(key.Value?.Value, $"{upload.Source.Format}\n{asked}", digest.Value);
    }

    private static Answer<byte[]?> ReadDigest(HttpRequest request)
    {
        if (!request.Headers.TryGetValue(DigestHeader, out var values))
        {
            return Answer<byte[]?>.Of(null);
        }

        foreach (var entry in values.ToString().Split(',', StringSplitOptions.TrimEntries))
        {
            if (entry.StartsWith("sha-256=:", StringComparison.OrdinalIgnoreCase) && entry.EndsWith(':') && entry.Length > "sha-256=::".Length)
            {
                var digest = new byte[32];
                if (Convert.TryFromBase64String(entry["sha-256=:".Length..^1], digest, out var length) && length == digest.Length)
                {
                    return digest;
                }
            }
        }

        return Refusal.Of(ApiErrors.InvalidParameter, DigestHeader, $"{DigestHeader} must have the body's SHA-256, as sha-256=:base64:");
    }

    private static async Task<Answer<ImportUpload>> ReadFormAsync(HttpRequest request, MediaTypeHeaderValue type, Dictionary<string, string> parameters, CancellationToken cancellationToken)
    {
        var boundary = HeaderUtilities.RemoveQuotes(type.Boundary).Value;
        if (boundary is not { Length: > 0 and <= MaxBoundary })
        {
            return new Refusal(ApiErrors.InvalidRequest, "The form has no boundary");
        }

        try
        {
            var form = new MultipartReader(boundary, request.Body) { BodyLengthLimit = null };
            for (var fields = 0; await form.ReadNextSectionAsync(cancellationToken) is { } part; fields++)
            {
                if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var disposition))
                {
                    return new Refusal(ApiErrors.InvalidRequest, "A part of the form has no Content-Disposition");
                }

                if (disposition.IsFileDisposition())
                {
                    var fileName = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
                    var partType = MediaTypeHeaderValue.TryParse(part.ContentType, out var named) ? named : null;
                    parameters.TryAdd(ImportParameters.FileName, fileName ?? "");
                    var upload = ToUpload(part.Body, partType, part.Headers?.GetValueOrDefault("Content-Encoding").ToString() ?? "", parameters[ImportParameters.FileName], parameters, isForm: true);
                    return upload.Refusal is not null ? upload : upload.Value with { Source = upload.Value.Source with { Form = form } };
                }

                var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? "";
                if (fields >= MaxFields || await ReadFieldAsync(part, cancellationToken) is not { } text)
                {
                    return new Refusal(ApiErrors.BodyTooLarge, $"The form has more than {MaxFields} parts before the file, or one of more than {MaxFieldBytes} bytes");
                }

                if (!parameters.TryAdd(name, text))
                {
                    return Refusal.Of(ApiErrors.InvalidParameter, name, $"{name} appears more than once");
                }
            }
        }
        catch (InvalidDataException exception)
        {
            return new Refusal(ApiErrors.InvalidRequest, $"The form cannot be read: {exception.Message}");
        }
        catch (IOException exception) when (exception is not BadHttpRequestException)
        {
            return new Refusal(ApiErrors.InvalidRequest, "The form ends before its file"); // the reader's way to say so
        }

        return Refusal.Of(ApiErrors.EmptyFile, "file", "The form has no file; the parts before it are parameters");
    }

    private static async Task<string?> ReadFieldAsync(MultipartSection part, CancellationToken cancellationToken)
    {
        var bytes = new byte[MaxFieldBytes + 1];
        var length = await part.Body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return length > MaxFieldBytes ? null : System.Text.Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static Answer<ImportUpload> ToUpload(
        Stream content, MediaTypeHeaderValue? type, string encoding, string? fileName, Dictionary<string, string> parameters, bool isForm)
    {
        if ((InputFormats.OfMediaType(type?.MediaType.Value) ?? InputFormats.OfFileName(fileName)) is not { } format)
        {
            return Unsupported();
        }

        if (encoding is not ("" or "identity" or "gzip"))
        {
            return new Refusal(ApiErrors.UnsupportedMediaType, "Content-Encoding must be gzip or absent");
        }

        if (type?.MediaType.Equals("text/tab-separated-values", StringComparison.OrdinalIgnoreCase) == true)
        {
            parameters.TryAdd(ImportParameters.Delimiter, "\t");
        }

        if (type?.Charset is { HasValue: true } charset && format == InputFormat.Csv)
        {
            parameters.TryAdd(ImportParameters.Encoding, HeaderUtilities.RemoveQuotes(charset).Value!);
        }

        var isGzip = encoding == "gzip" || fileName?.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) == true;
        return new ImportUpload(new(content, format, isGzip, fileName is { Length: > 0 } ? fileName : null), parameters, isForm);
    }

    private static Refusal Unsupported() =>
        new(ApiErrors.UnsupportedMediaType, $"Content-Type must be multipart/form-data or one of {string.Join(", ", InputFormats.MediaTypes)}, or fileName end in .csv, .tsv, .ndjson, .jsonl, .json or .xlsx");
}

/// <summary>An import's input as it comes in.</summary>
/// <param name="Content">Not yet unpacked.</param>
internal sealed record ImportSource(Stream Content, InputFormat Format, bool IsGzip, string? FileName)
{
    /// <summary>The form that it is a part of; null where it is the body.</summary>
    public MultipartReader? Form { get; init; }

    /// <summary>Once the content is read: the refusal of a form that goes on after the file, whose parameters or second file would count for nothing.</summary>
    public async Task<Refusal?> CheckEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Form is null || await Form.ReadNextSectionAsync(cancellationToken) is not { } part ? null
                : new Refusal(ApiErrors.InvalidRequest, $"The form goes on after its file, with {part.ContentDisposition}; the file comes last, and there is one");
        }
        catch (Exception exception) when (exception is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            return new Refusal(ApiErrors.InvalidRequest, "The form is cut off");
        }
    }
}

/// <summary>The idempotency key of a request, and the SHA-256 of its body by <c>Content-Digest</c> (RFC 9530), where it has one.</summary>
/// <param name="Value">Null where there is only a digest.</param>
/// <param name="Request">What is asked for besides the body: method, address, options.</param>
internal sealed record ImportKey(string? Value, string Request, byte[]? Digest);
