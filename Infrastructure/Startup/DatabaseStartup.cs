using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Database.Migrations;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using Polly;
using Polly.Retry;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Before the first request: opens the configured databases, or in development an embedded one with demo data, and migrates them. After the last: closes them.</summary>
internal sealed class DatabaseStartup(
    Tenants tenants,
    IConfiguration configuration,
    IHostEnvironment environment,
    IOptions<AuthOptions> auth,
    IOptions<EmbeddedPostgresOptions> embeddedOptions,
    IOptions<WriteQueueOptions> writeQueue,
    IOptions<QueryOptions> queries,
    DemoData demoData,
    ILoggerFactory loggers) : IHostedService, IAsyncDisposable
{
    private static readonly string[] DemoDatabases = ["cv_masterdb", "cv_demodb"];

    private static readonly ResiliencePipeline Patience = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<StartupException>(),
            MaxRetryAttempts = int.MaxValue,
            Delay = TimeSpan.FromSeconds(0.5),
            MaxDelay = TimeSpan.FromSeconds(5),
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
        })
        .Build();

    private readonly CancellationTokenSource stopping = new();
    private readonly List<Task> awaited = [];
    private readonly ILogger logger = loggers.CreateLogger<DatabaseStartup>();
    private readonly KeyProtection protection = new(auth.Value.KeyProtection);
    private EmbeddedPostgres? embedded;

    /// <summary>Whether the databases are the embedded ones, with demo data.</summary>
    public bool IsEmbedded => embedded is not null;

    /// <summary>What the signing keys are sealed under.</summary>
    public KeyProtection Protection => protection;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var databases = await FindAsync(mayJoin: false, cancellationToken);
        await Task.WhenAll(databases.Select(database => OpenOrAwaitAsync(database.Key, database.Value, cancellationToken)));

        if (environment.IsProduction() && !protection.IsOn)
        {
            logger.LogWarning("Session signing keys are stored unencrypted: set Auth__KeyProtection__File to a file with a secret of at least 32 characters");
        }
    }

    /// <summary>Opens every database, or fails.</summary>
    public async Task OpenAllAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, connectionString) in await FindAsync(mayJoin: false, cancellationToken))
        {
            await OpenAsync(name, connectionString, cancellationToken);
        }
    }

    /// <summary>The databases there are, by name: the configured ones, or the embedded ones, whose server is started; it may be another service's where a command only joins in.</summary>
    public async Task<IReadOnlyDictionary<string, string>> FindAsync(bool mayJoin, CancellationToken cancellationToken)
    {
        var configured = DatabaseSettings.Read(configuration);
        if (configured.Count > 0)
        {
            return configured;
        }

        if (!environment.IsDevelopment())
        {
            throw new StartupException(DatabaseSettings.NoneConfigured);
        }

        var embeddedLogger = loggers.CreateLogger<EmbeddedPostgres>();
        embedded = mayJoin
            ? await EmbeddedPostgres.JoinOrStartAsync(embeddedOptions.Value, environment.ContentRootPath, embeddedLogger, cancellationToken)
            : await EmbeddedPostgres.StartAsync(embeddedOptions.Value, environment.ContentRootPath, embeddedLogger, cancellationToken);
        await embedded.CreateDatabasesAsync(DemoDatabases, cancellationToken);
        return (await embedded.DatabasesAsync(cancellationToken)).Where(DatabaseSettings.IsName).ToDictionary(name => name, embedded.ConnectionString, StringComparer.Ordinal);
    }

    /// <summary>The connection string of a new database in the embedded server, which makes it.</summary>
    public async Task<string> AddEmbeddedAsync(string name, CancellationToken cancellationToken)
    {
        await embedded!.CreateDatabasesAsync([name], cancellationToken);
        return embedded.ConnectionString(name);
    }

    /// <summary>Opens a database as it will be served: migrated, with signing keys.</summary>
    public async Task<Tenant> OpenAsync(string name, string connectionString, CancellationToken cancellationToken)
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;

        // Named: the driver's default name of a pool, which metrics and traces carry, is the connection string.
        var settings = DatabaseSettings.WithDefaults(connectionString);
        var db = new NpgsqlDataSourceBuilder(settings) { Name = name }.TraceRequestsOnly().Build();
        var tenant = new Tenant(name, new DatabasePool(db), new DatabasePool(OpenWrites(name, settings)), queries.Value, logger);
        try
        {
            foreach (var file in await Migrator.MigrateAsync(db, cancellationToken))
            {
                logger.LogInformation("{Database}: applied migration {File}", name, file);
            }

            await TenantCredentials.OpenAsync(tenant, protection, cancellationToken);
            tenant.Listen();
            tenants.Add(tenant);
            if (IsEmbedded && DemoDatabases.Contains(name))
            {
                await demoData.SeedAsync(tenant, cancellationToken);
            }

            return tenant;
        }
        catch (Exception exception) when (exception is NpgsqlException or StartupException)
        {
            await tenant.DisposeAsync(); // with both pools, whichever step failed
            throw new StartupException($"Database {name} cannot be prepared: {exception.Message}", exception);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(awaited).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    private NpgsqlDataSource OpenWrites(string name, string settings) =>
        new NpgsqlDataSourceBuilder(new NpgsqlConnectionStringBuilder(settings) { MaxPoolSize = writeQueue.Value.Writers }.ToString()) { Name = $"{name} writes" }.TraceRequestsOnly().Build();

    // A database need not be there before its service: whatever starts both may start them in any order. What is wrong with it stops the start.
    private async Task OpenOrAwaitAsync(string name, string connectionString, CancellationToken cancellationToken)
    {
        try
        {
            await WarnAsync(await OpenAsync(name, connectionString, cancellationToken), cancellationToken);
        }
        catch (StartupException exception) when (!IsEmbedded && exception.InnerException is NpgsqlException away && DatabasePool.IsNotThere(away))
        {
            logger.LogWarning("{Reason} Its callers get 503 until it is available.", exception.Message);
            tenants.Await(name);
            lock (awaited)
            {
                awaited.Add(AwaitAsync(name, connectionString));
            }
        }
    }

    private async Task AwaitAsync(string name, string connectionString)
    {
        var tenant = await Patience.ExecuteAsync(async token => await OpenAsync(name, connectionString, token), stopping.Token);
        logger.LogInformation("{Database} is available", name);
        await WarnAsync(tenant, stopping.Token);
    }

    // Of each database as it comes, those that come after the start too.
    private async Task WarnAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await WarnOfNoAccountAsync(tenant, cancellationToken);
        await UnrestrictedIntegrations.WarnAsync(tenant, logger, cancellationToken);
    }

    private async Task WarnOfNoAccountAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition("select exists (select from account)", cancellationToken: cancellationToken)))
        {
            logger.LogWarning("{Database} has no account, so nobody can log in: create the first administrator with {Command}", tenant.Name, FirstAdministrator(tenant.Name));
        }
    }

    /// <summary>The command that makes a database's first administrator.</summary>
    public static string FirstAdministrator(string database) => $"CrmImport account add OWN --level 10 --database {database}";
}
