using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Migrations;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Opens one database: its pools, its migrations, its signing keys.</summary>
internal sealed class DatabaseOpener(
    Tenants tenants,
    IConfiguration configuration,
    IOptions<AuthOptions> auth,
    IOptions<WriteQueueOptions> writeQueue,
    IOptions<QueryOptions> queries,
    SecretFiles secrets,
    DemoData demoData,
    ILogger<DatabaseOpener> logger)
{
    /// <summary>What the signing keys are sealed under.</summary>
    public KeyProtection Protection { get; } = new(auth.Value.KeyProtection);

    /// <summary>The command that makes a database's first administrator.</summary>
    public static string FirstAdministrator(string database) => $"CrmImport account add OWN --level 10 --database {database}";

    /// <summary>Opens a database as it will be served: migrated, with signing keys, and with demo data where it is a demo.</summary>
    /// <exception cref="StartupException">It cannot be reached, or not be prepared.</exception>
    public async Task<Tenant> OpenAsync(string name, string connectionString, bool isDemo, CancellationToken cancellationToken)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;

        // Named: the driver's default name of a pool, which metrics and traces carry, is the connection string.
        var settings = DatabaseSettings.WithDefaults(connectionString);
        var db = OpenPool(name, name, settings);
        var writes = OpenPool($"{name} writes", name, new NpgsqlConnectionStringBuilder(settings) { MaxPoolSize = writeQueue.Value.Writers }.ToString());
        var tenant = new Tenant(name, new DatabasePool(db), new DatabasePool(writes), queries.Value, logger);
        try
        {
            await MigrateAsync(name, settings, cancellationToken);
            await ChangeReader.SettleAsync(tenant.Db, cancellationToken);
            await TenantCredentials.OpenAsync(tenant, Protection, cancellationToken);
            tenant.Listen();
            tenants.Add(tenant);
            if (isDemo)
            {
                await demoData.SeedAsync(tenant, cancellationToken);
            }

            return tenant;
        }
        catch (Exception exception) when (exception is NpgsqlException or StartupException)
        {
            await tenant.DisposeAsync(); // with both pools, whichever step failed
            var cause = exception is NpgsqlException and not PostgresException && exception.InnerException is { } inner ? $" ({inner.Message})" : "";
            throw new StartupException($"Database {name} cannot be prepared: {exception.Message}{cause}", exception);
        }
    }

    /// <summary>Says what an operator should know of a database that was opened.</summary>
    public async Task WarnAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await WarnOfNoAccountAsync(tenant, cancellationToken);
        await UnrestrictedIntegrations.WarnAsync(tenant, logger, cancellationToken);
    }

    // Over a connection without a time-out: on a busy disk even a commit may take longer than a call may.
    private async Task MigrateAsync(string name, string settings, CancellationToken cancellationToken)
    {
        await using var db = OpenPool($"{name} migrations", name, new NpgsqlConnectionStringBuilder(settings) { CommandTimeout = 0, Pooling = false }.ToString());
        foreach (var file in await Migrator.MigrateAsync(db, cancellationToken))
        {
            logger.LogInformation("{Database}: applied migration {File}", name, file);
        }
    }

    private async Task WarnOfNoAccountAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from account)", cancellationToken: cancellationToken)))
        {
            logger.LogWarning("{Database} has no account, so nobody can log in: create the first administrator with {Command}", tenant.Name, FirstAdministrator(tenant.Name));
        }
    }

    // The password is the one of now: a secret that was rotated counts for the next connection.
    private NpgsqlDataSource OpenPool(string poolName, string database, string settings)
    {
        var connection = new NpgsqlConnectionStringBuilder(settings);
        var password = connection.Password;
        connection.Password = null;
        var builder = new NpgsqlDataSourceBuilder(connection.ToString()) { Name = poolName }.TraceRequestsOnly();
        if (password is not null)
        {
            builder.UsePasswordProvider(_ => PasswordOf(database) ?? password, (_, _) => ValueTask.FromResult(PasswordOf(database) ?? password));
        }

        return builder.Build();
    }

    private string? PasswordOf(string database)
    {
        secrets.Refresh();
        return DatabaseSettings.PasswordOf(configuration, database);
    }
}
