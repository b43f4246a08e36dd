using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>An access key that was good when it was read: whom it lets call, from where, and when it ends by itself.</summary>
internal sealed record LiveKey(Tenant Tenant, string KeyId, string EndpointId, AddressList Addresses, byte[] SecretHash, DateTime? ExpiresAt, Caller Caller);

/// <summary>Finds the good access key of a service account. Revocation takes effect as soon as the database notifies of it.</summary>
internal sealed class ServiceKeys(Tenants tenants, TimeProvider clock)
{
    private const string FindGood =
        """
        select a.account_id, a.op_id, a.op_name, a.op_level, a.op_function, a.kind, a.permissions, a.strict_fields, k.key_id, k.endpoint_id, e.allowed_addresses, k.secret_hash, k.expires_at
        from access_key k
        join endpoint e on e.endpoint_id = k.endpoint_id
        join account a on a.account_id = e.account_id
        where k.key_id = @KeyId and k.revoked_at is null and e.active and a.active and a.kind = 'service'
        """;

    /// <summary>The key; null where the id or the secret is wrong, the key revoked or expired, or its endpoint or account not active. From where it may be used, its caller checks.</summary>
    public async ValueTask<LiveKey?> FindAsync(Credential credential, CancellationToken cancellationToken)
    {
        return tenants.Find(credential.Database) is { } tenant && await FindAsync(tenant, credential.Id, cancellationToken) is { } key && AccessKeys.IsHashOf(credential.Secret, key.SecretHash) ? key : null;
    }

    /// <summary>The key that a token was issued for; null where it is revoked or expired, or its endpoint or account not active.</summary>
    public async ValueTask<LiveKey?> FindAsync(Tenant tenant, string keyId, CancellationToken cancellationToken)
    {
        var known = TenantCredentials.Of(tenant).AccessKeys;
        var key = known.Find(keyId) ?? await known.ReadAsync(keyId, () => ReadAsync(tenant, keyId, cancellationToken));
        return key is not null && !(key.ExpiresAt <= clock.GetUtcNow().UtcDateTime) ? key : null;
    }

    private static async Task<LiveKey?> ReadAsync(Tenant tenant, string keyId, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        var keys = await connection.QueryAsync<CallerRow, KeyRow, LiveKey>(
            new CommandDefinition(FindGood, new { KeyId = keyId }, cancellationToken: cancellationToken),
            (account, key) => new LiveKey(tenant, key.KeyId, key.EndpointId, AddressList.Of(key.AllowedAddresses), key.SecretHash, key.ExpiresAt, account.ToCaller(sessionId: null)),
            splitOn: "key_id");
        return keys.SingleOrDefault();
    }

    private sealed class KeyRow
    {
        public string KeyId { get; init; } = "";

        public string EndpointId { get; init; } = "";

        public string[] AllowedAddresses { get; init; } = [];

        public byte[] SecretHash { get; init; } = [];

        public DateTime? ExpiresAt { get; init; }
    }
}
