using System.Collections.Concurrent;
using System.Security.Cryptography;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Infrastructure.Auth;

/// <summary>The session a token names, and the database that signed it.</summary>
internal sealed record TokenIdentity(Tenant Tenant, Guid SessionId);

/// <summary>A database's signing keys: the newest signs, all of them verify.</summary>
internal sealed class AccessTokenKeys(IReadOnlyList<SymmetricSecurityKey> newestFirst)
{
    public SigningCredentials Signing { get; } = new(newestFirst[0], SecurityAlgorithms.HmacSha256);

    public TokenValidationParameters Validation { get; } = new()
    {
        IssuerSigningKeys = newestFirst,
        TryAllIssuerSigningKeys = false,
        ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
        ValidTypes = [AccessTokens.Type],
        ValidIssuer = AccessTokens.Issuer,
        ValidAudience = AccessTokens.Issuer,
        ClockSkew = AccessTokens.Skew,
    };

    public static SymmetricSecurityKey Key(string kid, byte[] secret) => new(secret) { KeyId = kid };

    public static (string Kid, byte[] Secret) Generate() => (Guid.NewGuid().ToString("N"), RandomNumberGenerator.GetBytes(32));
}

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
    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<string, (TokenIdentity Identity, DateTime ValidTo)> verified = new(StringComparer.Ordinal);
    private readonly JsonWebTokenHandler handler = new() { SetDefaultTimesOnTokenCreation = false };

    public string Issue(Tenant tenant, string opId, Guid sessionId)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        return handler.CreateToken(new SecurityTokenDescriptor
        {
            TokenType = Type,
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(options.Value.AccessTokenMinutes),
            SigningCredentials = tenant.Keys.Signing,
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
        if (verified.TryGetValue(token, out var known))
        {
            return known.ValidTo + Skew > clock.GetUtcNow().UtcDateTime ? known.Identity : null;
        }

        // The database named inside only chooses the keys; it counts once the signature made with one of them has held.
        if (token.Length > MaxLength || Peek(token) is not { } database || tenants.Find(database) is not { } tenant)
        {
            return null;
        }

        var result = await handler.ValidateTokenAsync(token, tenant.Keys.Validation);
        if (!result.IsValid || ((JsonWebToken)result.SecurityToken).TryGetHeaderValue<object>("crit", out _) || !((JsonWebToken)result.SecurityToken).TryGetPayloadValue<string>(SessionClaim, out var session) || !Guid.TryParse(session, out var id))
        {
            return null;
        }

        if (verified.Count >= MostRemembered)
        {
            verified.Clear();
        }

        return (verified[token] = (new TokenIdentity(tenant, id), result.SecurityToken.ValidTo)).Identity;
    }

    private string? Peek(string token)
    {
        try
        {
            return handler.CanReadToken(token) && handler.ReadJsonWebToken(token).TryGetPayloadValue<string>(DatabaseClaim, out var database) ? database : null;
        }
        catch (Exception exception) when (exception is ArgumentException or SecurityTokenException or FormatException)
        {
            return null;
        }
    }
}
