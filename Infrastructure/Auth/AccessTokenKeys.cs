using System.Security.Cryptography;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A signing key as the database has it; one that another has replaced still verifies until it retires.</summary>
internal sealed record SigningKey(string Kid, byte[] Secret, DateTime? RetiresAt)
{
    public const int SecretBytes = 32;

    public static SigningKey Generate() => new(Guid.NewGuid().ToString("N"), RandomNumberGenerator.GetBytes(SecretBytes), null);
}

/// <summary>A database's signing keys as of one moment: the first signs, all of them verify. None, where what the database has cannot be unsealed here: then nothing verifies.</summary>
internal sealed class AccessTokenKeys
{
    private readonly Dictionary<string, DateTime?> retirements;
    private readonly SigningCredentials? signing;

    public AccessTokenKeys(IReadOnlyList<SigningKey> keys)
    {
        Keys = keys;
        retirements = keys.ToDictionary(key => key.Kid, key => key.RetiresAt, StringComparer.Ordinal);
        var secrets = keys.Select(key => new SymmetricSecurityKey(key.Secret) { KeyId = key.Kid }).ToArray();
        signing = secrets.Length > 0 ? new(secrets[0], SecurityAlgorithms.HmacSha256) : null;
        Validation = new()
        {
            IssuerSigningKeys = secrets,
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            ValidTypes = [AccessTokens.Type],
            ValidIssuer = AccessTokens.Issuer,
            ValidAudience = AccessTokens.Issuer,
            ClockSkew = AccessTokens.Skew,
        };
    }

    public IReadOnlyList<SigningKey> Keys { get; }

    public SigningCredentials Signing => signing ?? throw new InvalidOperationException("No signing key of the database can be used: Auth:KeyProtection is not the secret that they are sealed with");

    public TokenValidationParameters Validation { get; }

    public bool Has(string? kid) => kid is not null && retirements.ContainsKey(kid);

    /// <summary>When what the key signed ceases to count; for a key that signs still, never.</summary>
    public DateTime RetirementOf(string kid) => retirements[kid] ?? DateTime.MaxValue;

    public bool AreSameAs(AccessTokenKeys other) =>
        Keys.Count == other.Keys.Count && Keys.Zip(other.Keys).All(pair => pair.First.Kid == pair.Second.Kid && pair.First.RetiresAt == pair.Second.RetiresAt);
}
