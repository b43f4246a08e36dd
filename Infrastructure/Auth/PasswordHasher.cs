using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Auth;

/// <summary>PBKDF2-HMAC-SHA512 with a salt of its own for each password; the hash names its rounds: <c>pbkdf2-sha512$rounds$salt$hash</c>, base64.</summary>
internal sealed class PasswordHasher(IOptions<AuthOptions> options, IOptions<LoginsOptions> logins) : IDisposable
{
    /// <summary>Longest password, in characters: the bound on the work a caller can ask for.</summary>
    public const int MaxLength = 1024;

    private const string Scheme = "pbkdf2-sha512";
    private const int SaltBytes = 16;
    private const int HashBytes = 64;

    // Hashing is made to be slow: it gets half of the processors, or logins starve all other requests.
    private readonly SemaphoreSlim turns = new(Math.Max(1, Environment.ProcessorCount / 2));

    /// <summary>The hash of no password, for operators who do not exist: refusing them takes as long as a wrong password.</summary>
    private readonly string nobody = Format(options.Value.PasswordIterations, RandomNumberGenerator.GetBytes(SaltBytes), RandomNumberGenerator.GetBytes(HashBytes));

    private int waiting;

    /// <summary>A new password's hash, in its turn.</summary>
    public async Task<string> HashAsync(string password, CancellationToken cancellationToken)
    {
        await turns.WaitAsync(cancellationToken);
        using var turn = new Turn(turns);
        return await HashInTurnAsync(password);
    }

    /// <summary>Waits for a turn to hash, which ends when disposed; null where too many wait already.</summary>
    public async Task<IDisposable?> TryEnterAsync(CancellationToken cancellationToken)
    {
        if (turns.Wait(0, CancellationToken.None))
        {
            return new Turn(turns);
        }

        try
        {
            if (Interlocked.Increment(ref waiting) > logins.Value.QueueLength)
            {
                return null;
            }

            await turns.WaitAsync(cancellationToken);
            return new Turn(turns);
        }
        finally
        {
            Interlocked.Decrement(ref waiting);
        }
    }

    public Task<string> HashInTurnAsync(string password) => Task.Run(() => Hash(password, options.Value.PasswordIterations));

    /// <summary>Whether the password is the hashed one; a hash of null is nobody's, and takes the same time.</summary>
    public async Task<bool> VerifyInTurnAsync(string password, string? hash) => await Task.Run(() => Verify(password, hash ?? nobody)) && hash is not null;

    /// <summary>Whether the hash is cheaper than new ones are.</summary>
    public bool IsOutdated(string hash) => Parse(hash).Iterations < options.Value.PasswordIterations;

    public void Dispose() => turns.Dispose();

    private static string Hash(string password, int iterations)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return Format(iterations, salt, Derive(password, salt, iterations));
    }

    private bool Verify(string password, string hash)
    {
        var (iterations, salt, expected) = Parse(hash);
        var isRight = CryptographicOperations.FixedTimeEquals(Derive(password, salt, iterations), expected);
        if (iterations < options.Value.PasswordIterations)
        {
            Derive(password, salt, options.Value.PasswordIterations - iterations); // a cheaper hash would reveal that the account exists
        }

        return isRight;
    }

    private static string Format(int iterations, byte[] salt, byte[] hash) =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}${iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(hash)}");

    private static (int Iterations, byte[] Salt, byte[] Hash) Parse(string hash)
    {
        var parts = hash.Split('$');
        return parts is [Scheme, _, _, _]
            ? (int.Parse(parts[1], CultureInfo.InvariantCulture), Convert.FromBase64String(parts[2]), Convert.FromBase64String(parts[3]))
            : throw new FormatException("A stored password hash has an unknown scheme");
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, HashBytes);

    private sealed class Turn(SemaphoreSlim turns) : IDisposable
    {
        public void Dispose() => turns.Release();
    }
}
