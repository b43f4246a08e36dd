using System.Security.Cryptography;
using System.Text;

namespace CrmImport.Infrastructure.Auth;

/// <summary>
/// Seals signing keys for the database by a secret that is not in it (AES-256-GCM, the key from the secret by HKDF-SHA256): who reads the database, or a copy of it, can sign no token.
/// </summary>
internal sealed class KeyProtection(string secret)
{
    private static readonly int NonceBytes = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagBytes = AesGcm.TagByteSizes.MaxSize;

    private readonly byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret), 32, info: "signing key"u8.ToArray());

    /// <summary>None: keys are stored as they are.</summary>
    public static KeyProtection Off { get; } = new("");

    public bool IsOn { get; } = secret.Length > 0;

    /// <summary>Nonce, cipher text, tag. Bound to the key's id: one row's secret cannot be put into another.</summary>
    public byte[] Seal(string kid, byte[] plain)
    {
        var sealedBytes = new byte[NonceBytes + plain.Length + TagBytes];
        var nonce = sealedBytes.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagBytes);
        aes.Encrypt(nonce, plain, sealedBytes.AsSpan(NonceBytes, plain.Length), sealedBytes.AsSpan(NonceBytes + plain.Length), Encoding.UTF8.GetBytes(kid));
        return sealedBytes;
    }

    /// <summary>Null where it was sealed under another secret, or for another key.</summary>
    public byte[]? Unseal(string kid, byte[] sealedBytes)
    {
        var length = sealedBytes.Length - NonceBytes - TagBytes;
        if (!IsOn || length < 0)
        {
            return null;
        }

        try
        {
            var plain = new byte[length];
            using var aes = new AesGcm(key, TagBytes);
            aes.Decrypt(sealedBytes.AsSpan(0, NonceBytes), sealedBytes.AsSpan(NonceBytes, length), sealedBytes.AsSpan(NonceBytes + length), plain, Encoding.UTF8.GetBytes(kid));
            return plain;
        }
        catch (AuthenticationTagMismatchException)
        {
            return null;
        }
    }
}
