using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;
using Npgsql;
using Polly;
using Polly.Retry;

namespace CrmImport.Infrastructure.Startup;

/// <summary>
/// Before the first request: opens the configured databases, or in development embedded ones with demo data, and migrates them. Opens those that are added while the
/// service runs and closes those that are removed. After the last request: closes all.
/// </summary>
internal sealed class DatabaseStartup(
    Tenants tenants,
    IConfiguration configuration,
    IHostEnvironment environment,
    IOptions<EmbeddedPostgresOptions> embeddedOptions,
    DatabaseOpener opener,
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

    // As long as a call may take that has the database already.
    private static readonly TimeSpan TimeToEnd = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource stopping = new();
    private readonly Dictionary<string, Served> served = new(StringComparer.Ordinal);
    private readonly List<Task> closing = [];
    private readonly ILogger logger = loggers.CreateLogger<DatabaseStartup>();
    private EmbeddedPostgres? embedded;

    /// <summary>Whether the databases are the embedded ones, with demo data.</summary>
    public bool IsEmbedded => embedded is not null;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, connectionString) in await FindAsync(mayJoin: false, cancellationToken))
        {
            served.Add(name, NewServed(connectionString));
        }

        await Task.WhenAll(served.Select(database => OpenOrAwaitAsync(database.Key, database.Value, cancellationToken)));

        if (DemoMode.IsOn(configuration))
        {
            logger.LogWarning("A demo: every database without an account was given accounts with known passwords, and plain HTTP is taken. Not for real data.");
        }

        if (environment.IsProduction() && !opener.Protection.IsOn)
        {
            logger.LogWarning("Session signing keys are stored unencrypted: set Auth__KeyProtection__File to a file with a secret of at least 32 characters");
        }
    }

    /// <summary>Serves what is configured now: opens what was added, closes what was removed, and opens anew what is to be reached in another way. What cannot be opened is tried again.</summary>
    /// <exception cref="StartupException">The settings are wrong; what is served stays.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var databases = embedded is null ? DatabaseSettings.Read(configuration) : await FindEmbeddedAsync(cancellationToken);
        foreach (var name in served.Keys.Except(databases.Keys).ToArray())
        {
            await RemoveAsync(name);
        }

        foreach (var (name, connectionString) in databases)
        {
            if (!served.TryGetValue(name, out var database))
            {
                Add(name, connectionString);
            }
            else if (!DatabaseSettings.LeadToTheSame(database.ConnectionString, connectionString))
            {
                await MoveAsync(name, database, connectionString, cancellationToken);
            }
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

        if (configuration["Tenancy:Directory"] is { Length: > 0 })
        {
            return configured; // none yet
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
        return await FindEmbeddedAsync(cancellationToken);
    }

    /// <summary>The connection string of a database in the embedded server, which creates it or opens it again.</summary>
    public async Task<string> AddEmbeddedAsync(string name, CancellationToken cancellationToken)
    {
        await embedded!.CreateDatabasesAsync([name], cancellationToken);
        await embedded.AllowConnectionsAsync(name, true, cancellationToken);
        return embedded.ConnectionString(name);
    }

    /// <summary>Takes a database of the embedded server out of service; its data stay.</summary>
    public Task RemoveEmbeddedAsync(string name, CancellationToken cancellationToken) => embedded!.AllowConnectionsAsync(name, false, cancellationToken);

    /// <summary>Opens a database as it will be served.</summary>
    /// <exception cref="StartupException">It cannot be reached, or not be prepared.</exception>
    public Task<Tenant> OpenAsync(string name, string connectionString, CancellationToken cancellationToken) =>
        opener.OpenAsync(name, connectionString, (IsEmbedded && DemoDatabases.Contains(name)) || DemoMode.IsOn(configuration), cancellationToken);

    public async Task StopAsync(CancellationToken cancellationToken) => await DisposeAsync();

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll([.. served.Values.Select(database => database.Awaiting), .. closing]).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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

    private async Task<IReadOnlyDictionary<string, string>> FindEmbeddedAsync(CancellationToken cancellationToken) =>
        (await embedded!.DatabasesAsync(cancellationToken)).Where(DatabaseSettings.IsName).ToDictionary(name => name, embedded.ConnectionString, StringComparer.Ordinal);

    // A database need not be there before its service: whatever starts both may start them in any order. What is wrong with it stops the start.
    private async Task OpenOrAwaitAsync(string name, Served database, CancellationToken cancellationToken)
    {
        try
        {
            await opener.WarnAsync(await OpenAsync(name, database.ConnectionString, cancellationToken), cancellationToken);
        }
        catch (StartupException exception) when (exception.InnerException is NpgsqlException away && DatabasePool.IsNotThere(away))
        {
            logger.LogWarning("{Reason} Its callers get 503 until it is available.", exception.Message);
            tenants.Await(name, isDelayed: false);
            database.Awaiting = AwaitAsync(name, database, isLogged: true);
        }
    }

    private Served NewServed(string connectionString) => new(connectionString, CancellationTokenSource.CreateLinkedTokenSource(stopping.Token));

    private void Add(string name, string connectionString)
    {
        logger.LogInformation("{Database} was added to the settings", name);
        var database = NewServed(connectionString);
        served.Add(name, database);
        tenants.Await(name, isDelayed: true);
        database.Awaiting = AwaitAsync(name, database, isLogged: false);
    }

    private async Task RemoveAsync(string name)
    {
        logger.LogInformation("{Database} was removed from the settings: it is not served any more", name);
        served.Remove(name, out var database);
        await database!.DisposeAsync();
        Close(tenants.Remove(name));
    }

    // The one that is served stays until the other one is open; one that never was makes way at once.
    private async Task MoveAsync(string name, Served database, string connectionString, CancellationToken cancellationToken)
    {
        if (tenants.FindOpen(name) is not { } earlier)
        {
            await RemoveAsync(name);
            Add(name, connectionString);
            return;
        }

        try
        {
            await OpenAsync(name, connectionString, cancellationToken);
            served[name] = NewServed(connectionString);
            await database.DisposeAsync();
            Close(earlier);
            logger.LogInformation("{Database} is served by its changed connection string", name);
        }
        catch (StartupException exception)
        {
            if (database.FailedBy != connectionString)
            {
                logger.LogError("{Reason} The changed connection string does not count until it works.", exception.Message);
            }

            database.FailedBy = connectionString;
        }
    }

    private async Task AwaitAsync(string name, Served database, bool isLogged)
    {
        var tenant = await Patience.ExecuteAsync(async token =>
        {
            try
            {
                return await OpenAsync(name, database.ConnectionString, token);
            }
            catch (StartupException exception) when (!isLogged)
            {
                isLogged = true;
                logger.LogError("{Reason} Its callers get 503 until it is available.", exception.Message);
                throw;
            }
        }, database.Stopping);
        logger.LogInformation("{Database} is available", name);
        await opener.WarnAsync(tenant, database.Stopping);
    }

    private void Close(Tenant? tenant)
    {
        closing.RemoveAll(task => task.IsCompleted);
        if (tenant is not null)
        {
            closing.Add(CloseAsync(tenant));
        }
    }

    private async Task CloseAsync(Tenant tenant)
    {
        await Task.Delay(TimeToEnd, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await tenant.DisposeAsync();
    }

    /// <summary>A database that is to be served: how it is reached, and what waits for it where it was not there.</summary>
    private sealed class Served(string connectionString, CancellationTokenSource stopping) : IAsyncDisposable
    {
        public string ConnectionString => connectionString;

        public Task Awaiting { get; set; } = Task.CompletedTask;

        public CancellationToken Stopping { get; } = stopping.Token;

        /// <summary>A changed connection string that did not work.</summary>
        public string FailedBy { get; set; } = "";

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await Awaiting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.Dispose();
        }
    }
}
