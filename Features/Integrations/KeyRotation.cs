using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Records.Fields;
using Dapper;

namespace CrmImport.Features.Integrations;

/// <summary>What rotating a key does beside making a new one, and no route does: the other live keys of the endpoint get an end.</summary>
internal static class KeyRotation
{
    private const string FindEndpoint = "select endpoint_id from access_key where key_id = @KeyId";

    // The endpoint's lock, which creating or revoking a key takes too.
    private const string Lock = "select endpoint_id from endpoint where endpoint_id = @EndpointId for no key update";

    private const string FindOthers =
        """
        select key_id, expires_at
        from access_key
        where endpoint_id = @EndpointId and key_id <> @NewKeyId and revoked_at is null and (expires_at is null or expires_at > @Until)
        order by key_id
        """;

    private const string Expire = "update access_key set expires_at = @Until where key_id = @KeyId";

    public static async Task<string?> FindEndpointAsync(CommandCall call, string keyId)
    {
        await using var connection = await call.Tenant.Db.OpenConnectionAsync(call.CancellationToken);
        return await connection.ExecuteScalarAsync<string?>(new CommandDefinition(FindEndpoint, new { KeyId = keyId }, cancellationToken: call.CancellationToken));
    }

    /// <summary>Keys that expire sooner anyway stay as they are. Answers the ids of those that were given an end.</summary>
    public static async Task<IReadOnlyList<string>> ExpireOthersAsync(CommandCall call, string endpointId, string newKeyId, DateTime at, DateTime until)
    {
        await using var connection = await call.Tenant.Db.OpenConnectionAsync(call.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(call.CancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Lock, new { EndpointId = endpointId }, cancellationToken: call.CancellationToken));
        var others = await connection.QueryAsync<(string KeyId, DateTime? ExpiresAt)>(
            new CommandDefinition(FindOthers, new { EndpointId = endpointId, NewKeyId = newKeyId, Until = until }, cancellationToken: call.CancellationToken));
        var expired = new List<string>();
        foreach (var (keyId, expiresAt) in others)
        {
            var changes = new FieldChanges();
            changes.Add(KeyFields.ExpiresAt.Name, expiresAt, until);
            await connection.ExecuteAsync(Expire, new { KeyId = keyId, Until = until });
            var change = new AuditedChange(RecordTypes.AccessKey, "", "", "updated", StatusCodes.Status200OK, changes.ToJson(), at) { RecordRef = keyId };
            await AuditTrail.AddAsync(connection, new(call.Caller.OpId, call.Caller.Kind), call.Caller.Origin, change, CancellationToken.None);
            expired.Add(keyId);
        }

        await transaction.CommitAsync(CancellationToken.None);
        return expired;
    }
}
