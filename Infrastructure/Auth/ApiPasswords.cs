using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A password that was verified, and when.</summary>
internal sealed record VerifiedPassword(Caller Caller, DateTime At);

/// <summary>
/// Passwords of api accounts, which come with every request. One that was right is known again for a minute by a code that only this process can make,
/// so that the processors are not busy hashing it; one that was wrong is hashed each time.
/// </summary>
internal sealed class ApiPasswords(PasswordCheck passwords, TimeProvider clock)
{
    /// <summary>Of more verifications than these at once, each is its caller's own, and ends when the caller goes away.</summary>
    private const int MaxShared = 64;

    private const string FindCaller =
        """
        select account_id, op_id, op_name, op_level, op_function, kind, permissions, strict_fields
        from account
        where account_id = @AccountId and active and kind = 'api' and password_hash = @PasswordHash
        """;

    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(60);

    private readonly byte[] secret = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<(string Proof, string Address), Lazy<Task<Answer<Caller>>>> running = new();

    /// <summary>The api account of that op_id and password; a tenant of null is a database that is not served here, and refused as slowly.</summary>
    public async ValueTask<Answer<Caller>> FindAsync(PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        var proof = Proof(attempt);
        var found = Known(attempt.Tenant, proof) ?? await VerifyInTurnAsync(attempt, proof, cancellationToken);
        return found.Refusal is { } refusal ? refusal : found.Value with { Origin = attempt.Origin };
    }

    private Answer<Caller>? Known(Tenant? tenant, string proof) =>
        tenant is not null && TenantCredentials.Of(tenant).Passwords.Find(proof) is { } known && known.At + Remembered > clock.GetUtcNow().UtcDateTime ? (Answer<Caller>)known.Caller : null;

    // Equal requests of one caller that arrive at once share one verification, which none of them may break off.
    private async Task<Answer<Caller>> VerifyInTurnAsync(PasswordAttempt attempt, string proof, CancellationToken cancellationToken)
    {
        if (running.Count >= MaxShared)
        {
            return await VerifyAsync(attempt, proof, cancellationToken);
        }

        var key = (proof, attempt.Origin.Address);
        return await running.GetOrAdd(key, _ => new(RunAsync)).Value.WaitAsync(cancellationToken);

        async Task<Answer<Caller>> RunAsync()
        {
            try
            {
                return Known(attempt.Tenant, proof) ?? await VerifyAsync(attempt, proof, CancellationToken.None);
            }
            finally
            {
                running.TryRemove(key, out _);
            }
        }
    }

    private async Task<Answer<Caller>> VerifyAsync(PasswordAttempt attempt, string proof, CancellationToken cancellationToken)
    {
        var found = await passwords.FindAsync(attempt, cancellationToken);
        if (found.Refusal is { } refusal)
        {
            return refusal;
        }

        // Read again, now that the time is spent: what changed meanwhile counts, and what changes from here on makes it forgotten.
        var verified = await TenantCredentials.Of(attempt.Tenant!).Passwords.ReadAsync(proof, () => ReadAsync(attempt.Tenant!, found.Value, cancellationToken));
        return verified is null ? PasswordCheck.Refused() : verified.Caller;
    }

    private async Task<VerifiedPassword?> ReadAsync(Tenant tenant, Operator found, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        var row = await connection.QuerySingleOrDefaultAsync<CallerRow>(
            new CommandDefinition(FindCaller, new { found.AccountId, found.PasswordHash }, cancellationToken: cancellationToken));
        return row is null ? null : new VerifiedPassword(row.ToCaller(sessionId: null), clock.GetUtcNow().UtcDateTime);
    }

    // Neither a database's name nor an op_id has a NUL, so no two credentials read the same.
    private string Proof(PasswordAttempt attempt) =>
        Convert.ToBase64String(HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"{attempt.Tenant?.Name}\0{attempt.OpId.ToLowerInvariant()}\0{attempt.Password}")));
}
