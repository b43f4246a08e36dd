using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Auth;

/// <summary>PBKDF2-HMAC-SHA512 with a salt of its own for each password; the hash names its rounds: <c>pbkdf2-sha512$rounds$salt$hash</c>, base64.</summary>
internal sealed class PasswordHasher(IOptions<AuthOptions> options) : IDisposable
{
    /// <summary>Longest password, in characters: the bound on the work a caller can ask for.</summary>
    public const int MaxLength = 1024;

    private const string Scheme = "pbkdf2-sha512";
    private const int SaltBytes = 16;
    private const int HashBytes = 64;

    // Hashing is made to be slow: no more at once than there are processors, or log-ins starve all other requests.
    private readonly SemaphoreSlim turns = new(Environment.ProcessorCount);

    /// <summary>A hash of no password at all, for operators who do not exist: refusing them takes as long as a wrong password.</summary>
    private readonly Lazy<string> nobody = new(() => Hash(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)), options.Value.PasswordIterations));

    public async Task<string> HashAsync(string password, CancellationToken cancellationToken) =>
        await InTurnAsync(() => Hash(password, options.Value.PasswordIterations), cancellationToken);

    /// <summary>Whether the password is the hashed one; a hash of null is nobody's, and takes the same time.</summary>
    public async Task<bool> VerifyAsync(string password, string? hash, CancellationToken cancellationToken) =>
        await InTurnAsync(() => Verify(password, hash ?? nobody.Value), cancellationToken) && hash is not null;

    /// <summary>Whether the hash is cheaper than new ones are.</summary>
    public bool IsOutdated(string hash) => Parse(hash).Iterations < options.Value.PasswordIterations;

    public void Dispose() => turns.Dispose();

    private async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(work, cancellationToken);
        }
        finally
        {
            turns.Release();
        }
    }

    private static string Hash(string password, int iterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(Derive(password, salt, iterations))}");
    }

    private static bool Verify(string password, string hash)
    {
        var (iterations, salt, expected) = Parse(hash);
        return CryptographicOperations.FixedTimeEquals(Derive(password, salt, iterations), expected);
    }

    private static (int Iterations, byte[] Salt, byte[] Hash) Parse(string hash)
    {
        var parts = hash.Split('$');
        return parts is [Scheme, _, _, _]
            ? (int.Parse(parts[1], CultureInfo.InvariantCulture), Convert.FromBase64String(parts[2]), Convert.FromBase64String(parts[3]))
            : throw new FormatException("A stored password hash is not of a known scheme");
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, HashBytes);
}
