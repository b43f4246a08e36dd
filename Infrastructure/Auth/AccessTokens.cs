using System.Collections.Concurrent;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Infrastructure.Auth;

/// <summary>The session a token names, and the database that signed it.</summary>
internal sealed record TokenIdentity(Tenant Tenant, Guid SessionId);

/// <summary>Access tokens: JWTs after RFC 8725, signed by a key of the database they are for and naming a session, never rights.</summary>
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

    /// <summary>Most tokens whose signature is remembered to be good; then the memory starts over.</summary>
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, Verified> verified = new(StringComparer.Ordinal);
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    public async ValueTask<string> IssueAsync(Tenant tenant, string opId, Guid sessionId)
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
            Expires = now.AddMinutes(options.Value.AccessTokenMinutes),
            SigningCredentials = keys.Signing,
            Claims = new Dictionary<string, object>
            {
                [JwtRegisteredClaimNames.Sub] = opId,
                [DatabaseClaim] = tenant.Name,
                [SessionClaim] = sessionId.ToString(),
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
        if (!result.IsValid || ((JsonWebToken)result.SecurityToken).TryGetHeaderValue<object>("crit", out _) || !((JsonWebToken)result.SecurityToken).TryGetPayloadValue<string>(SessionClaim, out var session) || !Guid.TryParse(session, out var id))
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

        return (verified[token] = new Verified(new TokenIdentity(tenant, id), keys, validTo)).Identity;
    }

    /// <summary>The database a token claims to be for, unverified; null if it is not a token.</summary>
    public string? DatabaseOf(string token) => token.Length <= MaxLength ? Peek(token)?.Database : null;

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
