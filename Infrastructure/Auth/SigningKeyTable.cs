using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Auth;

/// <summary>How signing keys lie in their database (table signing_key): the first start makes one, a rotation makes another and lets the others retire.</summary>
internal static class SigningKeyTable
{
    // Two replicas starting on a new database at once, or two rotations: one makes its key, the other waits here.
    private const string Lock = "select pg_advisory_xact_lock(7238104656)";

    // By the database's clock, so that a key retired at once is gone for every replica, whatever its own clock says. The one that never retires signs.
    private const string Read =
        """
        select kid, secret, sealed, created_at, retires_at
        from signing_key
        where retires_at is null or retires_at > clock_timestamp()
        order by retires_at is null desc, created_at desc, kid
        """;

    private const string Insert = "insert into signing_key (kid, secret, sealed, created_at) values (@Kid, @Secret, @Sealed, clock_timestamp())";

    private const string SealOne = "update signing_key set secret = @Secret, sealed = true where kid = @Kid";

    private const string DropRetired = "delete from signing_key where retires_at <= clock_timestamp()";

    private const string Retire =
        """
        update signing_key
        set retires_at = least(retires_at, clock_timestamp() + @Overlap)
        where retires_at is null or retires_at > clock_timestamp() + @Overlap
        """;

    private const string List =
        """
        select kid, sealed, created_at, retires_at, retires_at is null as signs, retires_at is null or retires_at > clock_timestamp() as verifies
        from signing_key
        order by created_at desc, kid
        """;

    /// <exception cref="StartupException">A key was sealed under another secret.</exception>
    public static async Task<AccessTokenKeys> OpenAsync(DatabasePool db, KeyProtection protection, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Lock, cancellationToken: cancellationToken));
        var rows = await QueryAsync(connection, cancellationToken);
        if (!rows.Exists(row => row.RetiresAt is null))
        {
            await InsertAsync(connection, SigningKey.Generate(), protection, cancellationToken);
            rows = await QueryAsync(connection, cancellationToken);
        }

        var keys = rows.ConvertAll(row => row.TryOpen(protection) ?? throw new StartupException(WhyNotOpened(row.Kid, protection)));
        foreach (var (_, key) in rows.Zip(keys).Where(pair => protection.IsOn && !pair.First.Sealed))
        {
            await connection.ExecuteAsync(new CommandDefinition(SealOne, new { key.Kid, Secret = protection.Seal(key.Kid, key.Secret) }, cancellationToken: cancellationToken));
        }

        await transaction.CommitAsync(cancellationToken);
        return new AccessTokenKeys(keys);
    }

    /// <summary>The keys now. A secret that is known already never changes; one that cannot be unsealed here is left out, and what it signs does not count here.</summary>
    public static async Task<AccessTokenKeys> ReadAsync(DatabasePool db, KeyProtection protection, AccessTokenKeys known, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        var secrets = known.Keys.ToDictionary(key => key.Kid, key => key.Secret, StringComparer.Ordinal);
        return new AccessTokenKeys([.. (await QueryAsync(connection, cancellationToken))
            .Select(row => secrets.TryGetValue(row.Kid, out var secret) ? new SigningKey(row.Kid, secret, row.RetiresAt) : row.TryOpen(protection))
            .OfType<SigningKey>()]);
    }

    /// <summary>Makes a new key, which signs from now on; the others verify for the overlap. Answers the new key's id.</summary>
    public static async Task<string> RotateAsync(Tenant tenant, KeyProtection protection, TimeSpan overlap, Caller caller, DateTime at, CancellationToken cancellationToken)
    {
        var key = SigningKey.Generate();
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Lock, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(DropRetired, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(Retire, new { Overlap = overlap }, cancellationToken: cancellationToken));
        await InsertAsync(connection, key, protection, cancellationToken);
        var change = new AuditedChange(RecordTypes.SigningKey, "", "", "created", StatusCodes.Status201Created, null, at) { RecordRef = key.Kid };
        await AuditTrail.AddAsync(connection, new(caller.OpId, caller.Kind), caller.Origin, change, cancellationToken);
        await transaction.CommitAsync(CancellationToken.None);
        return key.Kid;
    }

    public static async Task<IReadOnlyList<ListedSigningKey>> ListAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return [.. await connection.QueryAsync<ListedSigningKey>(new CommandDefinition(List, cancellationToken: cancellationToken))];
    }

    private static async Task<List<Row>> QueryAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        [.. await connection.QueryAsync<Row>(new CommandDefinition(Read, cancellationToken: cancellationToken))];

    private static Task<int> InsertAsync(NpgsqlConnection connection, SigningKey key, KeyProtection protection, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            Insert,
            new { key.Kid, Secret = protection.IsOn ? protection.Seal(key.Kid, key.Secret) : key.Secret, Sealed = protection.IsOn },
            cancellationToken: cancellationToken));

    private static string WhyNotOpened(string kid, KeyProtection protection) =>
        $"its signing key {kid} is sealed, and {(protection.IsOn ? "but not with the secret in Auth:KeyProtection" : "Auth:KeyProtection is not set")}: "
        + "set the secret it was sealed with, or delete the key from the table signing_key, which ends every session it signed.";

    private sealed record Row(string Kid, byte[] Secret, bool Sealed, DateTime CreatedAt, DateTime? RetiresAt)
    {
        public SigningKey? TryOpen(KeyProtection protection) =>
            (Sealed ? protection.Unseal(Kid, Secret) : Secret) is { } secret ? new SigningKey(Kid, secret, RetiresAt) : null;
    }
}

/// <summary>A signing key as it is listed, without its secret.</summary>
internal sealed record ListedSigningKey(string Kid, bool Sealed, DateTime CreatedAt, DateTime? RetiresAt, bool Signs, bool Verifies);
