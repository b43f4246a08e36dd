using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A key as it is handed out, once: its id, the whole key for Bearer and X-Access-Key, the secret alone for SO-AppToken, and what is stored of it.</summary>
internal sealed record GeneratedKey(string KeyId, string AccessKey, string Secret, byte[] SecretHash);

/// <summary>
/// Access keys: <c>crmk.{database}.{16 hex}.{secret}</c>. The middle two are the key's id, which is no secret; the secret is 256 random bits,
/// stored as SHA-256 only.
/// </summary>
internal static class AccessKeys
{
    /// <summary>Longest key id, and longest key, that could be ours: a database's name has at most 62 characters.</summary>
    private const int MaxIdLength = 62 + 1 + RandomIdLength;

    private const string Start = "crmk.";
    private const char Separator = '.';
    private const int RandomIdLength = 16;
    private const int SecretLength = 43;

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    public static GeneratedKey Generate(string database)
    {
        var keyId = $"{database}{Separator}{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(RandomIdLength / 2))}";
        var secret = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
        return new GeneratedKey(keyId, $"{PrefixOf(keyId)}{Separator}{secret}", secret, Hash(secret));
    }

    /// <summary>What lists show of a key: everything but the secret.</summary>
    public static string PrefixOf(string keyId) => Start + keyId;

    public static byte[] Hash(string secret) => SHA256.HashData(Encoding.ASCII.GetBytes(secret));

    public static bool IsHashOf(string secret, byte[] hash)
    {
        Span<byte> presented = stackalloc byte[SHA256.HashSizeInBytes];
        Span<byte> ascii = stackalloc byte[SecretLength];
        return secret.Length == SecretLength
            && Encoding.ASCII.GetBytes(secret, ascii) == SecretLength
            && SHA256.HashData(ascii, presented) == hash.Length
            && CryptographicOperations.FixedTimeEquals(presented, hash);
    }

    /// <summary>Whether the text is meant to be a key, good or not, and so no token.</summary>
    public static bool LooksLikeKey(string text) => text.StartsWith(Start, StringComparison.Ordinal);

    /// <summary>Takes a whole key apart. Its database is only ever looked up.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? keyId, [NotNullWhen(true)] out string? database, [NotNullWhen(true)] out string? secret)
    {
        (keyId, database, secret) = (null, null, null);
        var end = text.Length - SecretLength - 1;
        if (!LooksLikeKey(text) || end <= Start.Length || text[end] != Separator || !TryParseId(text[Start.Length..end], out database))
        {
            return false;
        }

        (keyId, secret) = (text[Start.Length..end], text[(end + 1)..]);
        return true;
    }

    /// <summary>The database a key's id names.</summary>
    public static bool TryParseId(string keyId, [NotNullWhen(true)] out string? database)
    {
        var end = keyId.Length - RandomIdLength - 1;
        var isId = keyId.Length <= MaxIdLength && end > 0 && keyId[end] == Separator && !keyId.AsSpan(end + 1).ContainsAnyExcept(LowerHex);
        database = isId ? keyId[..end] : null;
        return isId;
    }
}
