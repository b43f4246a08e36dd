using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Processes;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Drills;

/// <summary>A PostgreSQL server, the service on it and the writers, for one drill; removed afterwards.</summary>
internal sealed class TestBed : IAsyncDisposable
{
    /// <summary>Long enough for any machine; reached only by what does not recover.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    private readonly string directory;
    private readonly Random random;
    private readonly int writerCount;
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource abandoning = new();
    private readonly string url = $"http://127.0.0.1:{FreePort()}";
    private readonly StreamWriter log;
    private Task writers = Task.CompletedTask;

    private TestBed(string directory, DatabaseServer server, DatabaseProxy? proxy, DrillOptions options)
    {
        (this.directory, Server, Proxy, writerCount, random) = (directory, server, proxy, options.Writers, new Random(options.Seed));
        log = new StreamWriter(Path.Combine(directory, "service.log")) { AutoFlush = true };
        Http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(30) };
    }

    public DatabaseServer Server { get; }

    /// <summary>The proxy between the service and PostgreSQL, if the drill needs one.</summary>
    public DatabaseProxy? Proxy { get; }

    /// <summary>Calls the service as its owner.</summary>
    public HttpClient Http { get; }

    public RunningService Service { get; private set; } = null!; // set before OpenAsync returns

    public WriteHistory History { get; } = new();

    /// <summary>Whether the logs of the service and of PostgreSQL are kept, to find out what went wrong.</summary>
    public bool KeepsLogs { get; set; } = true;

    private IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        [$"Databases__{SeedData.Database}"] = Proxy?.ConnectionString ?? Server.ConnectionString,
        ["Imports__ChunkRows"] = "200",
        ["Imports__TakeOverSeconds"] = "2",
    };

    public static async Task<TestBed> OpenAsync(Drill drill, DrillOptions options)
    {
        var directory = Path.Combine(Path.GetTempPath(), $"crmimport-drills-{Environment.ProcessId}-{drill.Name}");
        Directory.CreateDirectory(directory);
        Posix.ChangeMode(directory, (UnixFileMode)0b111_101_101); // whatever the umask: the server's user must be able to enter
        var server = await StartServerAsync(directory, drill.OnSmallDisk);
        var testBed = new TestBed(directory, server, drill.ThroughProxy ? new DatabaseProxy(server.ConnectionString) : null, options);
        try
        {
            await testBed.StartServiceAsync();
            await testBed.StartWritersAsync();
            return testBed;
        }
        catch
        {
            await testBed.DisposeAsync();
            throw;
        }
    }

    public async Task StartServiceAsync() => Service = await RunningService.StartAsync(AppContext.BaseDirectory, url, Settings, TextWriter.Synchronized(log));

    public int Random(int count) => random.Next(count);

    public TimeSpan RandomTime(int fromMilliseconds, int toMilliseconds) => TimeSpan.FromMilliseconds(random.Next(fromMilliseconds, toMilliseconds));

    /// <summary>Waits until writes are acknowledged again; returns how long that took, counted from the moment.</summary>
    public async Task<TimeSpan> RecoverAsync(long moment)
    {
        var now = Stopwatch.GetTimestamp();
        return await Wait.UntilAsync(() => History.AcknowledgedSince(now) >= 4 * writerCount, Timeout)
            ? History.RecoveryFrom(moment)
            : throw new TimeoutException($"no recovery in {Timeout.TotalMinutes} minutes");
    }

    /// <summary>Waits for the response to every write in progress.</summary>
    public async Task StopWritersAsync()
    {
        await stopping.CancelAsync();
        await writers;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await abandoning.CancelAsync();
        await writers.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Service is not null)
        {
            await Service.DisposeAsync();
        }

        if (Proxy is not null)
        {
            await Proxy.DisposeAsync();
        }

        await Server.DisposeAsync(KeepsLogs ? Path.Combine(directory, "postgresql.log") : null);
        Http.Dispose();
        stopping.Dispose();
        abandoning.Dispose();
        await log.DisposeAsync();
        if (KeepsLogs)
        {
            Console.WriteLine($"  logs: {directory}");
        }
        else
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<DatabaseServer> StartServerAsync(string directory, bool onSmallDisk)
    {
        try
        {
            return await DatabaseServer.StartAsync(Path.Combine(directory, "data"), onSmallDisk);
        }
        catch
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    private async Task StartWritersAsync()
    {
        using var hasher = new PasswordHasher(Options.Create(new AuthOptions()), Options.Create(new LoginsOptions()));
        await using (var connection = new NpgsqlConnection(Server.ConnectionString))
        {
            await connection.ExecuteAsync(SeedData.Seed, new { Hash = await hasher.HashAsync("own", CancellationToken.None), SeedData.ClientRefs, SeedData.LocationRefs });
        }

        Http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await RunningService.LogInAsync(url, SeedData.Database));
        writers = Task.WhenAll(Enumerable.Range(0, writerCount).Select(writer =>
        {
            var writerRandom = new Random(random.Next());
            return new Writer(Http, new WriteGenerator(writer, writerRandom, History.NextSerial), History, writerRandom).RunAsync(stopping.Token, abandoning.Token);
        }));
    }

    // Below the ephemeral ports: a client that calls the service from one while it is down could connect to itself.
    private static int FreePort()
    {
        for (var port = 20000 + (Environment.ProcessId % 5000); ; port++)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException) when (port < 30000)
            {
                // taken: the next one
            }
        }
    }
}
