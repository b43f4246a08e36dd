using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>Makes a database on a server.</summary>
internal static class NewDatabase
{
    private const string MaintenanceDatabase = "postgres";

    /// <summary>Makes the database a connection string names, if it is missing; answers whether it did. The user must be allowed to.</summary>
    public static async Task<bool> EnsureAsync(string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await using var source = Unpooled(connectionString);
            await using var existing = await source.OpenConnectionAsync(cancellationToken);
            return false;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            var name = settings.Database!;
            settings.Database = MaintenanceDatabase;
            await using var source = Unpooled(settings.ConnectionString);
            await using var server = await source.OpenConnectionAsync(cancellationToken);
            return await TryCreateAsync(server, name, null, cancellationToken);
        }
    }

    /// <summary>Single connections under a name of their own: the driver's default name, which metrics carry, is the connection string.</summary>
    public static NpgsqlDataSource Unpooled(string connectionString) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString) { Name = "maintenance" }.Build();

    /// <summary>False where it is there already.</summary>
    public static async Task<bool> TryCreateAsync(NpgsqlConnection server, string name, string? owner, CancellationToken cancellationToken)
    {
        try
        {
            // No parameters in this statement: the name is quoted as an identifier is.
            await using var command = new NpgsqlCommand($"create database {Quoted(name)}{(owner is null ? "" : $" owner {Quoted(owner)}")}", server);
            await command.ExecuteNonQueryAsync(cancellationToken);
            return true;
        }
        catch (PostgresException exception) when (IsThere(exception))
        {
            return false;
        }
    }

    // Of two at the same time one meets the unique index below, not the check before it.
    private static bool IsThere(PostgresException exception) =>
        exception.SqlState == PostgresErrorCodes.DuplicateDatabase || exception is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pg_database_datname_index" };

    /// <summary>A name as an identifier.</summary>
    public static string Quoted(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
