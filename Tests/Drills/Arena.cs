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

/// <summary>A PostgreSQL, a service on it and the writers, all private to one drill, and gone after it.</summary>
internal sealed class Arena : IAsyncDisposable
{
    /// <summary>Long enough for any machine; only what does not recover reaches it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly string directory;
    private readonly Random random;
    private readonly int writerCount;
    private readonly CancellationTokenSource stopping = new();
    private readonly CancellationTokenSource abandoning = new();
    private readonly string url = $"http://127.0.0.1:{FreePort()}";
    private readonly HttpClient http;
    private readonly StreamWriter log;
    private Task writers = Task.CompletedTask;

    private Arena(string directory, DatabaseServer server, Wire? wire, DrillOptions options)
    {
        (this.directory, Server, Wire, writerCount, random) = (directory, server, wire, options.Writers, new Random(options.Seed));
        log = new StreamWriter(Path.Combine(directory, "service.log")) { AutoFlush = true };
        http = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(5) }) { BaseAddress = new Uri(url), Timeout = TimeSpan.FromSeconds(30) };
    }

    public DatabaseServer Server { get; }

    /// <summary>The wire between the service and PostgreSQL, where the drill wants one.</summary>
    public Wire? Wire { get; }

    public RunningService Service { get; private set; } = null!; // set before the arena is handed out

    public Ledger Ledger { get; } = new();

    /// <summary>Whether the logs of service and server stay for whoever looks into what was amiss.</summary>
    public bool KeepsLogs { get; set; } = true;

    private IReadOnlyDictionary<string, string> Settings => new Dictionary<string, string>
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Production",
        [$"Databases__{Ground.Database}"] = Wire?.ConnectionString ?? Server.ConnectionString,
    };

    public static async Task<Arena> OpenAsync(Drill drill, DrillOptions options)
    {
        var directory = Path.Combine(Path.GetTempPath(), $"crmimport-drills-{Environment.ProcessId}-{drill.Name}");
        Directory.CreateDirectory(directory);
        Posix.ChangeMode(directory, (UnixFileMode)0b111_101_101); // whatever the umask: the server's user has to pass
        var server = await StartServerAsync(directory, drill.OnSmallDisk);
        var arena = new Arena(directory, server, drill.OverWire ? new Wire(server.ConnectionString) : null, options);
        try
        {
            await arena.StartServiceAsync();
            await arena.StartWritersAsync();
            return arena;
        }
        catch
        {
            await arena.DisposeAsync();
            throw;
        }
    }

    public async Task StartServiceAsync() => Service = await RunningService.StartAsync(AppContext.BaseDirectory, url, Settings, TextWriter.Synchronized(log));

    public int Random(int count) => random.Next(count);

    public TimeSpan RandomTime(int fromMilliseconds, int toMilliseconds) => TimeSpan.FromMilliseconds(random.Next(fromMilliseconds, toMilliseconds));

    /// <summary>Waits until the writers get along again; returns how long after that moment they did.</summary>
    public async Task<TimeSpan> RecoverAsync(long moment)
    {
        var now = Stopwatch.GetTimestamp();
        return await Pause.UntilAsync(() => Ledger.AcknowledgedSince(now) >= 4 * writerCount, Patience)
            ? Ledger.RecoveryFrom(moment)
            : throw new TimeoutException($"no recovery in {Patience.TotalMinutes} minutes");
    }

    /// <summary>Every write that was begun is brought to its answer first.</summary>
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

        if (Wire is not null)
        {
            await Wire.DisposeAsync();
        }

        await Server.DisposeAsync(KeepsLogs ? Path.Combine(directory, "postgresql.log") : null);
        http.Dispose();
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
            await connection.ExecuteAsync(Ground.Seed, new { Hash = await hasher.HashAsync("own", CancellationToken.None), Ground.ClientRefs, Ground.LocationRefs });
        }

        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await RunningService.LogInAsync(url, Ground.Database));
        writers = Task.WhenAll(Enumerable.Range(0, writerCount).Select(writer =>
        {
            var dice = new Random(random.Next());
            return new Writer(http, new WriteMaker(writer, dice, Ledger.NextSerial), Ledger, dice).RunAsync(stopping.Token, abandoning.Token);
        }));
    }

    // Below the ports that the system gives to clients: one of these, calling the service while it is away, could be connected to itself.
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
