using System.Collections.Concurrent;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using NUnit.Framework.Interfaces;

[assembly: Parallelizable(ParallelScope.All)]
[assembly: LevelOfParallelism(6)] // many wait for processes they started
[assembly: FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
[assembly: CrmImport.Tests.ClosesDatabases]

namespace CrmImport.Tests;

/// <summary>One service for all tests, on a real port, over two databases of the <see cref="TestServer"/>.</summary>
[SetUpFixture]
public sealed class ServiceUnderTest
{
    private static readonly ConcurrentDictionary<string, ConcurrentBag<Tenant>> Own = []; // by the id of the test
    private static Factory? service;

    internal static TestServer Server { get; private set; } = null!;

    internal static TestDatabase A { get; private set; } = null!;

    internal static TestDatabase B { get; private set; } = null!;

    internal static Uri Url { get; private set; } = null!;

    /// <summary>Who may read the metrics.</summary>
    internal static ApiClient Metrics => new(Factory.MetricsToken);

    internal static IServiceProvider Services => service!.Services;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        Server = await TestServer.StartAsync();
        var suffix = Guid.NewGuid().ToString("N")[..8];
        var databases = new Dictionary<string, string>();
        foreach (var name in new[] { $"cv_a_{suffix}", $"cv_b_{suffix}" })
        {
            databases[name] = await CreateDatabaseAsync(name);
        }

        service = new Factory(databases);
        service.UseKestrel(0);
        service.StartServer();
        Url = service.ClientOptions.BaseAddress;
        (A, B) = (await OpenAsync(databases.First()), await OpenAsync(databases.Last()));
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        try
        {
            if (service is not null)
            {
                await service.DisposeAsync();
            }
        }
        finally
        {
            NpgsqlConnection.ClearAllPools();
            if (Server is not null)
            {
                await Server.DisposeAsync();
            }
        }
    }

    /// <summary>A new, empty database on the tests' server: its connection string.</summary>
    internal static Task<string> CreateDatabaseAsync(string name) => Server.CreateDatabaseAsync(name);

    /// <summary>A database of its own for a test that changes what holds for all of a database; the service serves it until the test ends.</summary>
    internal static async Task<TestDatabase> AddDatabaseAsync()
    {
        var database = await AddSharedDatabaseAsync();
        Own.GetOrAdd(TestContext.CurrentContext.Test.ID, _ => []).Add(database.Tenant);
        return database;
    }

    /// <summary>A database for several tests, which the service serves until all have ended.</summary>
    internal static async Task<TestDatabase> AddSharedDatabaseAsync()
    {
        var name = $"cv_own_{Guid.NewGuid().ToString("N")[..8]}";
        var connectionString = await Server.CreateMigratedDatabaseAsync(name);
        var pool = new DatabasePool(NpgsqlDataSource.Create(DatabaseSettings.WithDefaults(connectionString)));
        var tenant = new Tenant(name, pool, new(NpgsqlDataSource.Create(DatabaseSettings.WithDefaults(connectionString))), new QueryOptions(), NullLogger.Instance);
        await TenantCredentials.OpenAsync(tenant, KeyProtection.Off, CancellationToken.None);
        tenant.Listen();
        Databases.Add(tenant);
        return await OpenAsync(new(name, connectionString));
    }

    /// <summary>Closes the databases of a test's own: the service looks after each every few seconds.</summary>
    internal static async Task CloseDatabasesOfAsync(string testId)
    {
        if (Own.TryRemove(testId, out var tenants))
        {
            foreach (var tenant in tenants)
            {
                Databases.Remove(tenant.Name);
                await tenant.DisposeAsync();
            }
        }
    }

    private static Tenants Databases => Services.GetRequiredService<Tenants>();

    private static async Task<TestDatabase> OpenAsync(KeyValuePair<string, string> database)
    {
        var tenant = Services.GetRequiredService<Tenants>().Find(database.Key)!;
        await Services.GetRequiredService<DemoData>().SeedAsync(tenant, CancellationToken.None);
        return new TestDatabase(tenant, database.Value);
    }

    private sealed class Factory(Dictionary<string, string> databases) : WebApplicationFactory<Program>
    {
        public const string MetricsToken = "correct-horse-battery";

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production");
            builder.ConfigureLogging(logging => logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Error));
            builder.UseSetting("Telemetry:MetricsToken", MetricsToken);
            builder.UseSetting("Logins:AddressLockAfter", "0"); // all tests call from one address, many with wrong passwords
            builder.UseSetting("Logins:QueueLength", "1000");
            foreach (var (name, connectionString) in databases)
            {
                builder.UseSetting($"Databases:{name}", connectionString);
            }
        }
    }
}

/// <summary>After each test, its own databases are closed.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ClosesDatabasesAttribute : Attribute, ITestAction
{
    public ActionTargets Targets => ActionTargets.Test;

    public void BeforeTest(ITest test)
    {
    }

    public void AfterTest(ITest test) => ServiceUnderTest.CloseDatabasesOfAsync(test.Id).GetAwaiter().GetResult();
}
