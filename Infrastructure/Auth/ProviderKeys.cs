using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Infrastructure.Auth;

/// <summary>
/// The public keys of an identity provider, by their id: read when the first token comes, and again every hour or when a token names a key that is not among them, the latter at most every
/// five minutes, whoever sends such tokens. While the provider is away, the keys that are known go on. (The library's <c>ConfigurationManager</c> refreshes behind the back of the token that needs it.)
/// </summary>
internal sealed class ProviderKeys(string name, Func<CancellationToken, Task<IEnumerable<SecurityKey>>> read, TimeProvider clock, ILogger logger)
{
    /// <summary>How old keys may be: a key that the provider takes back counts no longer.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromHours(1);

    /// <summary>Between two reads, the first of which succeeded.</summary>
    public static readonly TimeSpan MinInterval = TimeSpan.FromMinutes(5);

    /// <summary>Between two reads while none has succeeded.</summary>
    public static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(10);

    /// <summary>For the provider to answer in.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private const int MinRsaBits = 2048;

    private readonly Lock gate = new();
    private volatile Known? known;
    private Task reading = Task.CompletedTask;
    private DateTimeOffset lastRead = DateTimeOffset.MinValue;

    /// <summary>Whether the keys were read at least once.</summary>
    public bool AreKnown => known is not null;

    /// <summary>The key; null where the provider has none of that id, or none is known yet.</summary>
    public async ValueTask<SecurityKey?> FindAsync(string kid, CancellationToken cancellationToken)
    {
        if (known is not { } keys || IsOld(keys) || !keys.ById.ContainsKey(kid))
        {
            var pending = ReadIfDue(kid);
            if (known?.ById.ContainsKey(kid) != true)
            {
                await pending.WaitAsync(cancellationToken);
            }
        }

        return known?.ById.GetValueOrDefault(kid);
    }

    private bool IsOld(Known keys) => clock.GetUtcNow() - keys.ReadAt >= MaxAge;

    private Task ReadIfDue(string kid)
    {
        lock (gate)
        {
            var interval = known is null ? RetryInterval : MinInterval;
            if (reading.IsCompleted && clock.GetUtcNow() - lastRead >= interval && (known is not { } keys || IsOld(keys) || !keys.ById.ContainsKey(kid)))
            {
                lastRead = clock.GetUtcNow();
                reading = ReadAsync();
            }

            return reading;
        }
    }

    private async Task ReadAsync()
    {
        await Task.Yield(); // nobody waits for it within the lock
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            var byId = (await read(limit.Token)).Where(IsGood).GroupBy(key => key.KeyId, StringComparer.Ordinal).ToDictionary(keys => keys.Key, keys => keys.First(), StringComparer.Ordinal);
            if (byId.Count == 0)
            {
                throw new InvalidOperationException("It has no key to sign with.");
            }

            known = new Known(byId, clock.GetUtcNow());
        }
        catch (Exception exception)
        {
            logger.LogWarning("The keys of the identity provider {Provider} cannot be read: {Reason} {Effect}", name, exception.Message, AreKnown ? "Those that are known go on." : "Its tokens are refused (503).");
        }
    }

    // A shared secret has no business among public keys.
    private static bool IsGood(SecurityKey key) => key is AsymmetricSecurityKey { KeyId.Length: > 0 } and ({ KeySize: >= MinRsaBits } or ECDsaSecurityKey);

    private sealed record Known(IReadOnlyDictionary<string, SecurityKey> ById, DateTimeOffset ReadAt);
}

/// <summary>Reads a provider's keys by its discovery document (OpenID Connect Discovery 1.0).</summary>
internal static class Discovery
{
    private const int MaxBytes = 1_048_576;
    private const string Path = "/.well-known/openid-configuration";

    // For the life of the process; a redirect could lead to where nobody configured.
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = ProviderKeys.MinInterval }) { MaxResponseContentBufferSize = MaxBytes };

    public static async Task<IEnumerable<SecurityKey>> ReadAsync(string issuer, CancellationToken cancellationToken)
    {
        var documents = new HttpDocumentRetriever(Http) { RequireHttps = issuer.StartsWith(Uri.UriSchemeHttps + ":", StringComparison.OrdinalIgnoreCase) };
        var found = await OpenIdConnectConfigurationRetriever.GetAsync(issuer.TrimEnd('/') + Path, documents, cancellationToken);
        return found.Issuer == issuer ? found.SigningKeys : throw new InvalidOperationException($"Its discovery document is that of the issuer {found.Issuer}.");
    }
}

/// <summary>Reads a provider's keys from a file (RFC 7517, JWK Set).</summary>
internal static class JwksFile
{
    public static async Task<IEnumerable<SecurityKey>> ReadAsync(string path, CancellationToken cancellationToken) =>
        new JsonWebKeySet(await File.ReadAllTextAsync(path, cancellationToken)).GetSigningKeys();

    /// <summary>Why it cannot be used; null where it can.</summary>
    public static string? FaultOf(string path)
    {
        try
        {
            return new JsonWebKeySet(File.ReadAllText(path)).GetSigningKeys().Any() ? null : "which has no key to sign with";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "which cannot be read";
        }
        catch (Exception exception) when (exception is ArgumentException or System.Text.Json.JsonException)
        {
            return "which is no JWK Set";
        }
    }
}
