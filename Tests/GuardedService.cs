using System.Net;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrmImport.Tests;

/// <summary>A service of a test's own, over a database of its own: with its own settings, a clock that stands still until it is moved, and peers as the test names them.</summary>
internal sealed class GuardedService : IAsyncDisposable
{
    /// <summary>Names the address the connection is to seem to come from.</summary>
    public const string PeerHeader = "x-test-peer";

    private readonly Factory factory;

    private GuardedService(Factory factory, TestDatabase database) => (this.factory, Database) = (factory, database);

    public TestDatabase Database { get; }

    public TestClock Clock => factory.Clock;

    public Uri Url => factory.ClientOptions.BaseAddress;

    public IServiceProvider Services => factory.Services;

    /// <param name="settings">Where a name has {database}, the name of the service's database.</param>
    public static async Task<GuardedService> StartAsync(params (string Name, string Value)[] settings) =>
        await StartAsync(null, new TestClock(), settings);

    /// <summary>A second one on the same database and the same time.</summary>
    public Task<GuardedService> StartAnotherAsync(params (string Name, string Value)[] settings) => StartAsync(Database, Clock, settings);

    /// <summary>An address nobody else in the tests calls from; on loopback, where plain HTTP is taken.</summary>
    public static string NewPeer() => $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(256)}.{Random.Shared.Next(1, 255)}";

    public Task<ApiAnswer> LogInAsync(string opId, string password, string peer, string? database = null) =>
        new ApiClient(url: Url).PostAsync("/api/v1/auth/login", TestSession.Credentials(opId, password), ("x-database", database ?? Database.Name), (PeerHeader, peer));

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => new ApiClient(url: Url).GetAsync(path, headers);

    /// <summary>The ref of a client that has the contact C1.</summary>
    public async Task<string> AddContactAsync()
    {
        var clientRef = await Database.AddClientAsync();
        var owner = await Database.AddKeyAsync();
        await Database.ExecuteAsync("insert into list_item (list, id, name, rank, active) select 'contacttype', id, '', id, true from generate_series(1, 20) id on conflict do nothing");
        (await new ApiClient(owner.AccessKey, Url).UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        return clientRef;
    }

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    private static async Task<GuardedService> StartAsync(TestDatabase? shared, TestClock clock, (string Name, string Value)[] settings)
    {
        var name = shared?.Name ?? $"cv_guard_{Guid.NewGuid().ToString("N")[..8]}";
        var connectionString = shared?.ConnectionString ?? await ServiceUnderTest.Server.CreateMigratedDatabaseAsync(name);
        var factory = new Factory(clock, [($"Databases:{name}", connectionString), .. settings.Select(setting => (setting.Name.Replace("{database}", name, StringComparison.Ordinal), setting.Value))]);
        factory.UseKestrel(0);
        factory.StartServer();
        return new GuardedService(factory, new TestDatabase(factory.Services.GetRequiredService<Tenants>().Find(name)!, connectionString));
    }

    private sealed class Factory(TestClock clock, (string Name, string Value)[] settings) : WebApplicationFactory<Program>
    {
        public TestClock Clock => clock;

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment("Production");
            builder.ConfigureLogging(logging => logging.ClearProviders().AddConsole().SetMinimumLevel(LogLevel.Error));
            foreach (var (name, value) in settings)
            {
                builder.UseSetting(name, value);
            }

            builder.ConfigureServices(services =>
            {
                services.AddSingleton<TimeProvider>(clock);
                services.AddSingleton<IStartupFilter, NamedPeers>();
            });
        }
    }

    private sealed class NamedPeers : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use((http, following) =>
            {
                if (http.Request.Headers[PeerHeader] is [{ } peer])
                {
                    http.Connection.RemoteIpAddress = IPAddress.Parse(peer);
                }

                return following(http);
            });
            next(app);
        };
    }
}

/// <summary>A clock that stands still until it is moved.</summary>
internal sealed class TestClock : TimeProvider
{
    private DateTimeOffset now = DateTimeOffset.UtcNow;
    private long ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => ticks;

    public void Advance(TimeSpan span) => (now, ticks) = (now + span, ticks + span.Ticks);
}
