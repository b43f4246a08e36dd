using System.Text;
using CrmImport.Infrastructure.Answers;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// Gives route parameters the text the caller encoded. The server leaves %2F as it is and decodes %252F to the same text, takes dot segments out of the
/// path, encoded or not, and keeps bytes that are not UTF-8 as they are: what would then be another record's address is refused, the rest decoded once.
/// </summary>
internal sealed class EncodedRefsMiddleware(RequestDelegate next)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public async Task InvokeAsync(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var isPlain = !(target.Contains('%', StringComparison.Ordinal) || target.Contains("/.", StringComparison.Ordinal));
        var refusal = isPlain ? null : Read(http, target);
        await (refusal?.ExecuteAsync(http) ?? next(http));
    }

    private static Refusal? Read(HttpContext http, string target)
    {
        var parts = target.Split('?', 2);
        var segments = parts[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Decode).ToArray();
        if (segments.Contains(null) || (parts.Length > 1 && Decode(parts[1]) is null))
        {
            return new Refusal(ApiErrors.InvalidCharacters, "The URL contains bytes that are not UTF-8");
        }

        if (segments.Any(segment => segment!.Contains('\0', StringComparison.Ordinal)))
        {
            return new Refusal(ApiErrors.InvalidRequest, "The URL contains a NUL"); // the server says so itself, but not of a target in absolute form
        }

        if (segments.Any(segment => segment is "." or ".."))
        {
            return new Refusal(ApiErrors.FieldNotAddressable, "The URL contains a segment . or .., which cannot be a ref");
        }

        SetParameters(http, segments!);
        return null;
    }

    private static void SetParameters(HttpContext http, string[] segments)
    {
        if (http.GetEndpoint() is not RouteEndpoint endpoint)
        {
            return;
        }

        var parts = endpoint.RoutePattern.PathSegments;
        for (var i = 0; i < parts.Count && i < segments.Length; i++)
        {
            if (parts[i].Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter])
            {
                http.Request.RouteValues[parameter.Name] = segments[i].Trim(); // as refs are in bodies
            }
        }
    }

    // Null for bytes that are no text. Unlike the framework's own decoding, which leaves those as they are.
    private static string? Decode(string encoded)
    {
        if (!encoded.Contains('%', StringComparison.Ordinal))
        {
            return encoded;
        }

        var bytes = new byte[Encoding.UTF8.GetMaxByteCount(encoded.Length)];
        var length = 0;
        for (var i = 0; i < encoded.Length;)
        {
            if (encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit(encoded[i + 1]) && char.IsAsciiHexDigit(encoded[i + 2]))
            {
                bytes[length++] = Convert.FromHexString(encoded.AsSpan(i + 1, 2))[0];
                i += 3;
                continue;
            }

            var next = encoded.IndexOf('%', i + 1) is > 0 and var percent ? percent : encoded.Length;
            length += Encoding.UTF8.GetBytes(encoded.AsSpan(i, next - i), bytes.AsSpan(length));
            i = next;
        }

        try
        {
            return Strict.GetString(bytes, 0, length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
