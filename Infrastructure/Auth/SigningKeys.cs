using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Auth;

/// <summary>A database's token signing keys: the first start makes one, every replica reads them.</summary>
internal static class SigningKeys
{
    // Two replicas starting on a new database at once: one makes the key, the other waits here and reads it.
    private const string Lock = "select pg_advisory_xact_lock(7238104656)";

    private const string InsertFirst =
        """
        insert into signing_key (kid, secret, created_at)
        select @Kid, @Secret, now()
        where not exists (select from signing_key)
        """;

    private const string Read = "select kid, secret from signing_key order by created_at desc, kid";

    public static async Task<AccessTokenKeys> LoadAsync(NpgsqlDataSource db, CancellationToken cancellationToken)
    {
        var (kid, secret) = AccessTokenKeys.Generate();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Lock, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(InsertFirst, new { Kid = kid, Secret = secret }, cancellationToken: cancellationToken));
        var keys = await connection.QueryAsync<(string Kid, byte[] Secret)>(new CommandDefinition(Read, cancellationToken: cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return new AccessTokenKeys([.. keys.Select(key => AccessTokenKeys.Key(key.Kid, key.Secret))]);
    }
}
