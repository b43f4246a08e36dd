using System.Collections.Concurrent;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Infrastructure.Auth;

/// <summary>What a token names, and the database that signed it: the session of an operator, or the access key of a service account that it was issued for.</summary>
internal sealed record TokenIdentity(Tenant Tenant, Guid SessionId, string? KeyId = null);

/// <summary>Access tokens: JWTs after RFC 8725, signed by a key of the database they are for and naming a session or an access key, never rights.</summary>
internal sealed class AccessTokens(Tenants tenants, IOptions<AuthOptions> options, TimeProvider clock)
{
    public const string Issuer = "crmimport";
    public const string Type = "at+jwt";

    /// <summary>How far clocks may be apart.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(30);

    /// <summary>No token of ours comes near; a longer one is not worth the reading.</summary>
    private const int MaxLength = 2048;

    private const string DatabaseClaim = "db";
    private const string SessionClaim = "sid";
    private const string KeyClaim = "client_id"; // RFC 9068

    /// <summary>Most tokens whose signature is remembered to be good; then the memory starts over.</summary>
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, Verified> verified = new(StringComparer.Ordinal);
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    /// <summary>A token of an operator's session.</summary>
    public ValueTask<string> IssueAsync(Tenant tenant, string opId, Guid sessionId) =>
        IssueAsync(tenant, opId, SessionClaim, sessionId.ToString(), TimeSpan.FromMinutes(options.Value.AccessTokenMinutes));

    /// <summary>A token in place of an access key, and for how long it is valid: never longer than the key.</summary>
    public async ValueTask<(string Token, TimeSpan Life)> IssueAsync(LiveKey key)
    {
        var life = TimeSpan.FromMinutes(options.Value.ServiceTokenMinutes);
        if (key.ExpiresAt is { } end && end - clock.GetUtcNow().UtcDateTime is var left && left < life)
        {
            life = left;
        }

        return (await IssueAsync(key.Tenant, key.Caller.OpId, KeyClaim, key.KeyId, life), life);
    }

    private async ValueTask<string> IssueAsync(Tenant tenant, string opId, string claim, string value, TimeSpan life)
    {
        var keys = await TenantCredentials.Of(tenant).ReadSigningKeysAsync();
        var now = clock.GetUtcNow().UtcDateTime;
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = Type,
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + life,
            SigningCredentials = keys.Signing,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = opId,
                [DatabaseClaim] = tenant.Name,
                [claim] = value,
            },
        });
    }

    /// <summary>Whom the token names; null for anything that is not a valid token of a database configured here.</summary>
    public async ValueTask<TokenIdentity?> ReadAsync(string token)
    {
        if (verified.TryGetValue(token, out var known) && tenants.IsServed(known.Identity.Tenant) && known.Keys == await TenantCredentials.Of(known.Identity.Tenant).ReadSigningKeysAsync())
        {
            return known.ValidTo > clock.GetUtcNow().UtcDateTime ? known.Identity : null;
        }

        // The database named inside only chooses the keys; it counts once the signature made with one of them has held.
        if (token.Length > MaxLength || Peek(token) is not ({ } database, { } kid) || tenants.Find(database) is not { } tenant)
        {
            return null;
        }

        var keys = await TenantCredentials.Of(tenant).ReadSigningKeysAsync();
        if (!keys.Has(kid))
        {
            keys = await TenantCredentials.Of(tenant).SigningKeys.ReadForAsync(kid);
        }

        var result = await handler.ValidateTokenAsync(token, keys.Validation);
        if (!result.IsValid || ((JsonWebToken)result.SecurityToken).TryGetHeaderValue<object>("crit", out _) || IdentityOf(tenant, (JsonWebToken)result.SecurityToken) is not { } identity)
        {
            return null;
        }

        var validTo = Earlier(result.SecurityToken.ValidTo + Skew, keys.RetirementOf(kid));
        if (validTo <= clock.GetUtcNow().UtcDateTime)
        {
            return null;
        }

        if (verified.Count >= MaxRemembered)
        {
            verified.Clear();
        }

        return (verified[token] = new Verified(identity, keys, validTo)).Identity;
    }

    /// <summary>The database a token claims to be for, unverified; null if it is not a token.</summary>
    public string? DatabaseOf(string token) => token.Length <= MaxLength ? Peek(token)?.Database : null;

    private static TokenIdentity? IdentityOf(Tenant tenant, JsonWebToken token) =>
        token.TryGetPayloadValue<string>(SessionClaim, out var session) && Guid.TryParse(session, out var id) ? new TokenIdentity(tenant, id)
        : token.TryGetPayloadValue<string>(KeyClaim, out var keyId) ? new TokenIdentity(tenant, Guid.Empty, keyId)
        : null;

    private static DateTime Earlier(DateTime one, DateTime other) => one < other ? one : other;

    private (string Database, string Kid)? Peek(string token)
    {
        try
        {
            return handler.CanReadToken(token) && handler.ReadJsonWebToken(token) is var read && read.TryGetPayloadValue<string>(DatabaseClaim, out var database) && read.Kid is { Length: > 0 } kid
                ? (database, kid)
                : null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }

    /// <summary>A token whose signature was verified with these keys; with other keys it is verified again.</summary>
    private sealed record Verified(TokenIdentity Identity, AccessTokenKeys Keys, DateTime ValidTo);
}
