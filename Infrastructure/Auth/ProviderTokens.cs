using System.Text.Json;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Access tokens of identity providers (section <c>Oidc</c>): JWTs that name an account of the database, checked after RFC 8725 and RFC 9068. Who the accounts are is decided here, never by the provider.</summary>
internal sealed class ProviderTokens
{
    /// <summary>Tokens of Entra with many groups are long; all headers together are limited too.</summary>
    private const int MaxLength = 16_384;

    private static readonly string[] Algorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.EcdsaSha256];
    private static readonly string[] Types = ["at+jwt", "application/at+jwt", "JWT"];

    private readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = MaxLength };
    private readonly Dictionary<string, Provider> byDatabase;
    private readonly Tenants tenants;

    public ProviderTokens(IOptions<OidcOptions> options, Tenants tenants, TimeProvider clock, ILogger<ProviderTokens> logger)
    {
        this.tenants = tenants;
        var keys = new Dictionary<(string, string), ProviderKeys>(); // several databases may have one provider
        byDatabase = options.Value.Databases.ToDictionary(database => database.Key, database => new Provider(database.Value, KeysOf(database.Value)), StringComparer.Ordinal);

        ProviderKeys KeysOf(IdentityProvider provider) => keys.TryGetValue((provider.Issuer, provider.JwksFile), out var known) ? known
            : keys[(provider.Issuer, provider.JwksFile)] = provider.JwksFile.Length > 0
                ? new(provider.JwksFile, cancellation => JwksFile.ReadAsync(provider.JwksFile, cancellation), clock, logger)
                : new(provider.Issuer, cancellation => Discovery.ReadAsync(provider.Issuer, cancellation), clock, logger);
    }

    /// <summary>The databases that a token is for by its issuer and its audience, both unverified; none where it is no provider's token.</summary>
    public IReadOnlyList<string> DatabasesOf(string token) => byDatabase.Count == 0 || Peek(token) is not { } read ? [] : DatabasesOf(read);

    /// <summary>Whom a provider's token lets call; of several databases that accept it, the one that the request names or its host stands for.</summary>
    public async ValueTask<Answer<RequestAccess>> FindAsync(HttpContext http, string token, IReadOnlyList<string> databases, string? requested)
    {
        var database = requested ?? (databases is [var only] ? only : tenants.NameFor(http.Request.Host));
        if (database is null)
        {
            return Refusal.Of(ApiErrors.DatabaseRequired, RequestedDatabase.Header, $"Several databases accept the token: choose one with the header {RequestedDatabase.Header}");
        }

        if (!databases.Contains(database) || tenants.Find(database) is not { } tenant || Peek(token) is not { Kid.Length: > 0 } read)
        {
            return Refused("No valid credential for this database");
        }

        var provider = byDatabase[database];
        var key = await provider.Keys.FindAsync(read.Kid, http.RequestAborted);
        if (key is null)
        {
            return provider.Keys.AreKnown ? Refused("The identity provider has no such key")
                : new Refusal(ApiErrors.IdentityProviderUnavailable, "The identity provider cannot be reached, and none of its keys is known") { RetryAfterSeconds = (int)ProviderKeys.RetryInterval.TotalSeconds };
        }

        var result = await handler.ValidateTokenAsync(token, provider.Validation(key));
        if (!result.IsValid)
        {
            return Refused(result.Exception is SecurityTokenExpiredException ? "The token has expired" : "The token is not valid");
        }

        var claims = JsonSerializer.Deserialize<JsonElement>(Base64UrlEncoder.DecodeBytes(read.EncodedPayload));
        if (FaultOf(read, claims) is { } fault)
        {
            return Refused(fault);
        }

        return Claim(claims, provider.Settings.AccountClaim) is { ValueKind: JsonValueKind.String } claim && claim.GetString() is { Length: > 0 } opId
            ? await OfAccountAsync(http, tenant, opId, provider.Settings, claims)
            : Refused($"The token has no claim {provider.Settings.AccountClaim} that names an account");
    }

    private static async ValueTask<Answer<RequestAccess>> OfAccountAsync(HttpContext http, Tenant tenant, string opId, IdentityProvider settings, JsonElement claims)
    {
        var cache = TenantCredentials.Of(tenant).ProviderAccounts;
        var account = cache.Find(opId);
        if (account?.Admits(http.Connection.RemoteIpAddress) != true)
        {
            account = await cache.ReadAsync(opId, () => ProviderAccount.ReadAsync(tenant, opId, http.RequestAborted)); // an endpoint may have been added since
        }

        if (account is null)
        {
            return Refused($"The token is valid, but no active account has the op_id that its claim {settings.AccountClaim} has");
        }

        var caller = account.Caller with { Origin = CallOrigin.Of(http) };
        var access = new RequestAccess(tenant, settings.PermissionsClaim.Length == 0 ? caller : caller with
        {
            OpLevel = Math.Min(caller.OpLevel, Caller.OwnerLevel - 1),
            Permissions = [.. Texts(Claim(claims, settings.PermissionsClaim)).Intersect(Permissions.All)],
        });
        if (account.Admits(http.Connection.RemoteIpAddress))
        {
            return access;
        }

        access.Attach(http); // the audit records whose token it was
        return new Refusal(ApiErrors.AddressNotAllowed, "No active endpoint of the service account allows calls from this address");
    }

    // A token that is bound to a key proves nothing by itself; an ID token tells an application who logged in, and is no credential.
    private static string? FaultOf(JsonWebToken token, JsonElement claims) =>
        token.TryGetHeaderValue<object>("crit", out _) ? "The token has critical headers, which are not supported"
        : claims.TryGetProperty("cnf", out _) ? "The token is bound to a key (cnf), which is not supported"
        : claims.TryGetProperty("typ", out var type) && !(type.ValueKind == JsonValueKind.String && "Bearer".Equals(type.GetString(), StringComparison.OrdinalIgnoreCase)) ? "The token is no access token"
        : null;

    private static Refusal Refused(string message) => new(ApiErrors.NotAuthenticated, message);

    // A name may have dots itself, as URLs do.
    private static JsonElement? Claim(JsonElement claims, string path) => Member(claims, path) ?? path.Split('.').Aggregate((JsonElement?)claims, Member);

    private static JsonElement? Member(JsonElement? of, string name) => of is { ValueKind: JsonValueKind.Object } parent && parent.TryGetProperty(name, out var member) ? member : null;

    // An array, or a text with spaces between as scope is.
    private static IEnumerable<string> Texts(JsonElement? claim) => claim switch
    {
        { ValueKind: JsonValueKind.Array } array => array.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!),
        { ValueKind: JsonValueKind.String } text => text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        _ => [],
    };

    private List<string> DatabasesOf(JsonWebToken token) =>
        [.. byDatabase.Where(database => database.Value.Settings.Issuer == token.Issuer && token.Audiences.Contains(database.Value.Settings.Audience)).Select(database => database.Key)];

    private JsonWebToken? Peek(string token)
    {
        try
        {
            return token.Length <= MaxLength && handler.CanReadToken(token) ? handler.ReadJsonWebToken(token) : null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException or JsonException)
        {
            return null;
        }
    }

    private sealed record Provider(IdentityProvider Settings, ProviderKeys Keys)
    {
        public TokenValidationParameters Validation(SecurityKey key) => new()
        {
            IssuerSigningKey = key,
            ValidAlgorithms = Algorithms,
            ValidTypes = Types,
            ValidIssuer = Settings.Issuer,
            ValidAudience = Settings.Audience,
            ClockSkew = AccessTokens.Skew,
        };
    }
}

/// <summary>An active account that a provider's token names. A service account calls from where one of its active endpoints allows it, as with a key.</summary>
internal sealed record ProviderAccount(Caller Caller, IReadOnlyList<AddressList> Endpoints)
{
    private const string Find =
        """
        select account_id, op_id, op_name, op_level, op_function, kind, permissions, strict_fields
        from account
        where lower(op_id) = lower(@OpId) and op_id = @OpId and active;
        select e.allowed_addresses from endpoint e join account a on a.account_id = e.account_id
        where lower(a.op_id) = lower(@OpId) and a.op_id = @OpId and e.active
        """;

    /// <summary>The account, its op_id to the letter: who may choose a name at the provider must not become another by its case.</summary>
    public static async Task<ProviderAccount?> ReadAsync(Tenant tenant, string opId, CancellationToken cancellationToken)
    {
        if (opId.Contains('\0', StringComparison.Ordinal))
        {
            return null;
        }

        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(Find, new { OpId = opId }, cancellationToken: cancellationToken));
        var account = await results.ReadSingleOrDefaultAsync<CallerRow>();
        var endpoints = (await results.ReadAsync<string[]>()).Select(AddressList.Of);
        return account is null ? null : new ProviderAccount(account.ToCaller(sessionId: null), [.. endpoints]);
    }

    public bool Admits(System.Net.IPAddress? address) => Caller.Kind != AccountKinds.Service || Endpoints.Any(endpoint => endpoint.Admits(address));
}
