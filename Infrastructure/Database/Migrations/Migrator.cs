using System.Globalization;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Database.Migrations;

/// <summary>Brings a database's schema up to date: numbered files, forward only, one transaction each, one migrator at a time.</summary>
internal static class Migrator
{
    // Any number will do, as long as every migrator of every version takes the same one.
    private const string Lock = "select pg_advisory_xact_lock(7238104655)";

    private const string CreateHistory =
        """
        create table if not exists schema_migration (
            number integer not null,
            file text not null,
            applied_at timestamptz not null default now(),
            constraint schema_migration_pkey primary key (number)
        )
        """;

    private static readonly (int Number, string File, string Sql)[] Known =
        [.. EmbeddedSql.In(typeof(Migrator).Namespace!).Select(file => (int.Parse(file.File[..3], CultureInfo.InvariantCulture), file.File, file.Sql))];

    /// <summary>The number of the newest migration this service knows.</summary>
    public static int Newest => Known[^1].Number;

    /// <summary>The files it applied, in order; empty where nothing was missing.</summary>
    public static async Task<IReadOnlyList<string>> MigrateAsync(NpgsqlDataSource db, CancellationToken cancellationToken)
    {
        var applied = new List<string>();
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        while (await ApplyNextAsync(connection, cancellationToken) is { } file)
        {
            applied.Add(file);
        }

        return applied;
    }

    /// <summary>The number of the newest migration the database has; 0 for none.</summary>
    public static async Task<int> AppliedAsync(DatabasePool db, CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenConnectionAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select coalesce(max(number), 0) from schema_migration", cancellationToken: cancellationToken));
    }

    private static async Task<string?> ApplyNextAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Lock, commandTimeout: 0, cancellationToken: cancellationToken));
        await connection.ExecuteAsync(new CommandDefinition(CreateHistory, cancellationToken: cancellationToken));
        var last = await connection.ExecuteScalarAsync<int>(new CommandDefinition(
            "select coalesce(max(number), 0) from schema_migration", cancellationToken: cancellationToken));
        var next = Known.FirstOrDefault(migration => migration.Number > last);
        if (next.Sql is not null)
        {
            await connection.ExecuteAsync(new CommandDefinition(next.Sql, commandTimeout: 0, cancellationToken: cancellationToken));
            await connection.ExecuteAsync(new CommandDefinition(
                "insert into schema_migration (number, file) values (@Number, @File)", new { next.Number, next.File }, cancellationToken: cancellationToken));
        }

        await transaction.CommitAsync(cancellationToken);
        return next.File;
    }
}
