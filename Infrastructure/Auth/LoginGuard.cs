using System.Security.Cryptography;
using System.Text;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Infrastructure.Auth;

/// <summary>
/// Counts failed logins by account and address together, by account, and by address (table login_failure; by address also in memory, for all databases), and keeps those who failed too often waiting.
/// Nothing here asks whether the account exists.
/// </summary>
internal sealed class LoginGuard(IOptions<LoginsOptions> options, AddressFailures addresses, TimeProvider clock, ILogger<LoginGuard> logger)
{
    /// <summary>After this long without a failure, counting starts over.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromDays(1);

    // The database says what is one op_id: it compares them in lower case too. Hashed: what was typed may be a password in the wrong field.
    private const string HashedOpId = "encode(sha256(convert_to(lower(@OpId), 'UTF8')), 'hex')";

    private const string Account = $"@Realm || 'account:' || {HashedOpId}";
    private const string Address = "@Realm || 'address:' || @Network";
    private const string Pair = $"@Realm || 'pair:' || @Network || ' ' || {HashedOpId}";

    private const string FindAccount = "select op_id from account where lower(op_id) = lower(@OpId)";

    private const string FindBlock = $"select max(blocked_until) from login_failure where subject in ({Account}, {Address}, {Pair}) and blocked_until > @Now";

    // In one order, here and below: two who fail at once never wait for one another in a ring.
    private const string Count =
        $"""
        insert into login_failure as f (subject, failures, last_at)
        values ({Account}, 1, @Now), ({Address}, 1, @Now), ({Pair}, 1, @Now)
        on conflict (subject) do update
        set failures = case when f.last_at < @Forgotten then 1 else f.failures + 1 end, last_at = excluded.last_at
        returning subject, initcap(substring(subject from '(account|address|pair):')) as kind, failures
        """;

    private const string Block = "update login_failure set blocked_until = @Until where subject = @Subject";

    private const string Forget =
        $"""
        delete from login_failure
        where subject in (select subject from login_failure where subject in ({Account}, {Pair}) order by subject for update)
        """;

    private const string ForgetEverywhere =
        $"""
        delete from login_failure
        where subject in (
            select subject from login_failure
            where subject = {Account} or (subject like 'pair:%' and substr(subject, strpos(subject, ' ') + 1) = {HashedOpId})
            order by subject for update)
        """;

    /// <summary>The refusal of an attempt that comes too early after failures, or into a lock.</summary>
    public async Task<Refusal?> FindBlockAsync(Tenant keeper, PasswordAttempt attempt, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        if (addresses.LockedUntil(NetworkOf(attempt)) is { } locked)
        {
            return Blocked(locked - now);
        }

        await using var connection = await keeper.Db.OpenConnectionAsync(cancellationToken);
        var until = await connection.ExecuteScalarAsync<DateTime?>(new CommandDefinition(FindBlock, Subjects(attempt, now), cancellationToken: cancellationToken));
        return until is null ? null : Blocked(until.Value - now);
    }

    /// <summary>Counts a failure, and blocks those it was one too many of; a lock is audited.</summary>
    public async Task AddFailureAsync(Tenant keeper, PasswordAttempt attempt)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        addresses.Add(NetworkOf(attempt));
        await using var connection = await keeper.Db.OpenConnectionAsync(CancellationToken.None);
        await using var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        var counted = (await connection.QueryAsync<(string Subject, LoginSubject Kind, int Failures)>(Count, Subjects(attempt, now))).ToArray();
        var policy = new LoginPolicy(options.Value);
        var locked = new List<string>();
        foreach (var (subject, kind, failures) in counted)
        {
            if (policy.BlockAfter(kind, failures) is { } block)
            {
                await connection.ExecuteAsync(Block, new { Subject = subject, Until = now + block.Span });
                locked.AddRange(block.IsLock ? [kind.ToString()] : []);
            }
        }

        if (locked.Count > 0)
        {
            await RecordLockAsync(connection, attempt, string.Join(", ", locked), now);
        }

        await transaction.CommitAsync(CancellationToken.None);
    }

    /// <summary>A login succeeded: its account has no failures any more, there and on the whole.</summary>
    public static async Task ForgetAsync(Tenant keeper, string opId, ClientNetwork network, CancellationToken cancellationToken)
    {
        await using var connection = await keeper.Db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Forget, new { Realm = "", OpId = opId, Network = network.ToString() }, cancellationToken: cancellationToken));
    }

    /// <summary>An administrator unlocks an account: from wherever it failed, it may log in again. What an address did to many accounts stays.</summary>
    public static Task UnlockAsync(NpgsqlConnection connection, string opId) => connection.ExecuteAsync(ForgetEverywhere, new { Realm = "", OpId = opId });

    // Who failed is not known: the entry names the account in its record, not as the one who did it, and only where there is one.
    private async Task RecordLockAsync(NpgsqlConnection connection, PasswordAttempt attempt, string locked, DateTime now)
    {
        if (attempt.Tenant is null)
        {
            logger.LogWarning("Logins to an unknown database are locked, trace {TraceId}", attempt.Origin.TraceId);
            return;
        }

        logger.LogWarning("{Database}: logins are locked after too many failures ({Locked}), trace {TraceId}", attempt.Tenant.Name, locked, attempt.Origin.TraceId);
        var account = await connection.ExecuteScalarAsync<string?>(FindAccount, new { attempt.OpId }) ?? "";
        var change = new AuditedChange(RecordTypes.Session, "", "", "locked", StatusCodes.Status401Unauthorized, $$"""{"locked":[null,"{{locked.ToLowerInvariant()}}"]}""", now) { RecordRef = account };
        await AuditTrail.AddAsync(connection, new AuditedAccount("", attempt.Kind), attempt.Origin, change, CancellationToken.None);
    }

    private static Refusal Blocked(TimeSpan time) =>
        new(ApiErrors.TooManyLogins, "Too many failed logins; try again later") { RetryAfterSeconds = Math.Max(1, (int)Math.Ceiling(time.TotalSeconds)) };

    private static string NetworkOf(PasswordAttempt attempt) => ClientNetwork.Of(attempt.Origin.Address).ToString();

    private static object Subjects(PasswordAttempt attempt, DateTime now) => new
    {
        Realm = attempt.Tenant is null ? $"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(attempt.Database)))} " : "",
        attempt.OpId,
        Network = NetworkOf(attempt),
        Now = now,
        Forgotten = now - Memory,
    };
}
