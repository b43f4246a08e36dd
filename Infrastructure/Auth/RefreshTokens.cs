using System.Security.Cryptography;
using System.Text;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Refresh tokens: <c>database.secret</c>, 256 random bits, stored as SHA-256 only.</summary>
internal static class RefreshTokens
{
    /// <summary>Longest text worth hashing. Ours are far shorter; an access token fits, so that one presented here reads as the wrong token, not as a field too long.</summary>
    public const int MaxLength = 2048;

    private const char Separator = '.';

    public static string Generate(string database) => $"{database}{Separator}{Base64Url(RandomNumberGenerator.GetBytes(32))}";

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>The database a token belongs to; empty where the text is no token.</summary>
    public static string DatabaseOf(string token) => token.IndexOf(Separator, StringComparison.Ordinal) is > 0 and var end ? token[..end] : "";

    /// <summary>Encrypts a successor so that only who holds the spent token can read it. The key is used once, so the nonce may be constant.</summary>
    public static byte[] Seal(string successor, string spent)
    {
        var plain = Encoding.UTF8.GetBytes(successor);
        var sealedBytes = new byte[plain.Length + AesGcm.TagByteSizes.MaxSize];
        using var aes = new AesGcm(SealingKey(spent), AesGcm.TagByteSizes.MaxSize);
        aes.Encrypt(new byte[AesGcm.NonceByteSizes.MaxSize], plain, sealedBytes.AsSpan(0, plain.Length), sealedBytes.AsSpan(plain.Length));
        return sealedBytes;
    }

    public static string Unseal(byte[] sealedSuccessor, string spent)
    {
        var plain = new byte[sealedSuccessor.Length - AesGcm.TagByteSizes.MaxSize];
        using var aes = new AesGcm(SealingKey(spent), AesGcm.TagByteSizes.MaxSize);
        aes.Decrypt(new byte[AesGcm.NonceByteSizes.MaxSize], sealedSuccessor.AsSpan(0, plain.Length), sealedSuccessor.AsSpan(plain.Length), plain);
        return Encoding.UTF8.GetString(plain);
    }

    private static byte[] SealingKey(string spent) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(spent), 32, info: "refresh token successor"u8.ToArray());

    private static string Base64Url(byte[] bytes) => System.Buffers.Text.Base64Url.EncodeToString(bytes);
}
