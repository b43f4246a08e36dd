using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Database.Migrations;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Infrastructure.Database;

/// <summary>Before the first request: opens the configured databases, or in development an embedded one with demo data, and migrates them. After the last: closes them.</summary>
internal sealed class DatabaseStartup(
    Tenants tenants,
    IConfiguration configuration,
    IHostEnvironment environment,
    IOptions<EmbeddedPostgresOptions> embeddedOptions,
    IOptions<WriteQueueOptions> writeQueue,
    DemoData demoData,
    ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private static readonly string[] EmbeddedDatabases = ["cv_masterdb", "cv_demodb"];

    private readonly ILogger logger = loggers.CreateLogger<DatabaseStartup>();
    private EmbeddedPostgres? embedded;

    /// <summary>Whether the databases are the embedded ones, with demo data.</summary>
    public bool IsEmbedded => embedded is not null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        var databases = DatabaseSettings.Read(configuration);
        if (databases.Count == 0)
        {
            databases = await StartEmbeddedAsync(cancellationToken);
        }

        foreach (var (name, connectionString) in databases)
        {
            tenants.Add(await OpenAsync(name, connectionString, cancellationToken));
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await tenants.CloseAsync();
        }
        finally
        {
            if (embedded is not null)
            {
                await embedded.DisposeAsync();
            }
        }
    }

    private async Task<IReadOnlyDictionary<string, string>> StartEmbeddedAsync(CancellationToken cancellationToken)
    {
        if (!environment.IsDevelopment())
        {
            throw new StartupException("No database is configured: set Databases__cv_masterdb to a PostgreSQL connection string (or run with ASPNETCORE_ENVIRONMENT=Development for an embedded one).");
        }

        embedded = await EmbeddedPostgres.StartAsync(embeddedOptions.Value, environment.ContentRootPath, loggers.CreateLogger<EmbeddedPostgres>(), cancellationToken);
        await embedded.CreateDatabasesAsync(EmbeddedDatabases, cancellationToken);
        return EmbeddedDatabases.ToDictionary(name => name, embedded.ConnectionString);
    }

    private NpgsqlDataSource OpenWrites(string name, string settings) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(settings) { MaxPoolSize = writeQueue.Value.Writers }.ToString()) { Name = $"{name} writes" }.TraceRequestsOnly().Build();

    private async Task<Tenant> OpenAsync(string name, string connectionString, CancellationToken cancellationToken)
    {
        // Named: the driver's default name of a pool, which metrics and traces carry, is the connection string.
        var settings = DatabaseSettings.WithDefaults(connectionString);
        var db = new NpgsqlDataSourceBuilder(settings) { Name = name }.TraceRequestsOnly().Build();
        try
        {
            foreach (var file in await Migrator.MigrateAsync(db, cancellationToken))
            {
                logger.LogInformation("{Database}: applied migration {File}", name, file);
            }

            var tenant = new Tenant(name, db, OpenWrites(name, settings), await SigningKeys.LoadAsync(db, cancellationToken), logger);
            if (IsEmbedded)
            {
                await demoData.SeedAsync(tenant, cancellationToken);
            }

            return tenant;
        }
        catch (NpgsqlException exception)
        {
            await db.DisposeAsync();
            throw new StartupException($"Database {name} cannot be prepared: {exception.Message}", exception);
        }
    }
}
