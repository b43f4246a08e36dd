using System.Security.Cryptography;
using System.Text;
using CrmImport.Infrastructure.Answers;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>The <c>Idempotency-Key</c> of a request, and the fingerprint (SHA-256) of what it asks: method, address, conditions on the version, body.</summary>
internal sealed record IdempotencyKey(string Value, byte[] Fingerprint)
{
    public const string Header = "Idempotency-Key";

    private const int MaxLength = 255;

    private static readonly string[] FingerprintedHeaders = ["Content-Type", "If-Match", "If-None-Match", "If-Unmodified-Since", "Prefer"];

    /// <summary>Null where the request has none.</summary>
    public static Answer<IdempotencyKey?> Read(HttpRequest request, ReadOnlySpan<byte> body)
    {
        if (!request.Headers.TryGetValue(Header, out var values))
        {
            return (IdempotencyKey?)null;
        }

        var value = values.Count == 1 ? values[0]! : "";
        return value.Length is > 0 and <= MaxLength && !string.IsNullOrWhiteSpace(value) && value.All(letter => letter is >= ' ' and <= '~')
            ? new IdempotencyKey(value, FingerprintOf(request, body))
            : Refusal.Of(ApiErrors.InvalidParameter, Header, $"{Header} must be a single value of 1 to {MaxLength} printable ASCII characters");
    }

    private static byte[] FingerprintOf(HttpRequest request, ReadOnlySpan<byte> body)
    {
        // As it was sent: decoded, a%2Fb and a%252Fb are one path.
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.Method}\n{target}\n"));
        foreach (var header in FingerprintedHeaders)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{header}:{request.Headers[header]}\n"));
        }

        hash.AppendData(body);
        return hash.GetHashAndReset();
    }
}
