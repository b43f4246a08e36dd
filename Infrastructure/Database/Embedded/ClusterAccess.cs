using Npgsql;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The way into a running cluster, over its socket, and what is in it.</summary>
internal sealed record ClusterAccess(ClusterPlace Place)
{
    private readonly NpgsqlDataSource superUser = NewDatabase.Unpooled(ConnectionString(Place, SuperUser, SuperUser));

    private const string Role = "crmimport";
    private const string SuperUser = "postgres";

    public string ConnectionString(string database) => ConnectionString(Place, Role, database);

    public ValueTask<NpgsqlConnection> ConnectAsSuperUserAsync(CancellationToken cancellationToken) => superUser.OpenConnectionAsync(cancellationToken);

    /// <summary>The service's role is no superuser: a mistake in the service stays inside its databases.</summary>
    public async Task<string> PrepareAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsSuperUserAsync(cancellationToken);
        var roles = await TextsAsync(connection, "select rolname::text from pg_roles", cancellationToken);
        if (!roles.Contains(Role))
        {
            await ExecuteAsync(connection, $"create role {Role} login", cancellationToken);
        }

        return connection.PostgreSqlVersion.ToString();
    }

    public async Task<IReadOnlyList<string>> DatabasesAsync(CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsSuperUserAsync(cancellationToken);
        return await TextsAsync(connection, "select datname::text from pg_database where datallowconn order by datname", cancellationToken);
    }

    /// <summary>Creates those that are missing, also where another process does so at the same time.</summary>
    public async Task CreateDatabasesAsync(IEnumerable<string> names, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsSuperUserAsync(cancellationToken);
        var existing = await TextsAsync(connection, "select datname::text from pg_database", cancellationToken);
        foreach (var name in names.Except(existing))
        {
            await NewDatabase.TryCreateAsync(connection, name, Role, cancellationToken);
        }
    }

    /// <summary>Whether a database lets anybody in: without, it is kept but not served.</summary>
    public async Task AllowConnectionsAsync(string name, bool isAllowed, CancellationToken cancellationToken)
    {
        await using var connection = await ConnectAsSuperUserAsync(cancellationToken);
        await ExecuteAsync(connection, $"alter database {NewDatabase.Quoted(name)} with allow_connections {isAllowed}", cancellationToken);
    }

    private static string ConnectionString(ClusterPlace place, string user, string database) => new NpgsqlConnectionStringBuilder
    {
        Host = place.SocketDirectory,
        Username = user,
        Database = database,
    }.ConnectionString;

    private static async Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var texts = new List<string>();
        while (await reader.ReadAsync(cancellationToken))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
