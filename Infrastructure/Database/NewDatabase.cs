using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>Makes a database on a server.</summary>
internal static class NewDatabase
{
    private const string MaintenanceDatabase = "postgres";

    /// <summary>Makes the database a connection string names, if it is missing; answers whether it did. The user must be allowed to.</summary>
    public static async Task<bool> EnsureAsync(string connectionString, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        try
        {
            await using var existing = new NpgsqlConnection(settings.ConnectionString);
            await existing.OpenAsync(cancellationToken);
            return false;
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.InvalidCatalogName)
        {
            await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Database = MaintenanceDatabase }.ConnectionString);
            await server.OpenAsync(cancellationToken);
            return await TryCreateAsync(server, settings.Database!, null, cancellationToken);
        }
    }

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

    private static string Quoted(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
