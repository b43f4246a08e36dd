using System.Globalization;
using System.Text.RegularExpressions;
using CrmImport.Processes;

namespace CrmImport.Load;

/// <summary>Work a second, and how long one piece took, in milliseconds (pgbench: the mean for both).</summary>
internal sealed record Run(double PerSecond, double Median, double P99);

/// <summary>Runs pgbench and wrk in turn against one server, each on a database of its own that was filled alike.</summary>
internal sealed partial class Bench : IAsyncDisposable
{
    public const string Url = "http://127.0.0.1:8097";
    public const string ServiceDatabase = "cv_demodb";
    private const string PgbenchDatabase = "cv_masterdb";

    // pgbench with 256 clients needs as many connections; the service keeps its own few.
    private const string ServerSettings = "max_connections = 400\n";

    private static readonly string Files = AppContext.BaseDirectory;

    private readonly LoadOptions options;
    private readonly string data;
    private readonly RunningService service;
    private readonly string socket;
    private readonly string token;
    private int stored;
    private int locations;
    private int serial;

    private Bench(LoadOptions options, string data, RunningService service, string token)
    {
        (this.options, this.data, this.service, this.token) = (options, data, service, token);
        socket = File.ReadLines(Path.Combine(data, "cluster", "postmaster.pid")).ElementAt(4);
    }

    public static async Task<Bench> StartAsync(LoadOptions options)
    {
        var application = await PublishAsync();
        var data = Path.Combine(Path.GetTempPath(), $"crmimport-load-data-{Environment.ProcessId}");
        await (await StartServiceAsync(application, data, [])).DisposeAsync();
        await File.AppendAllTextAsync(Path.Combine(data, "cluster", "postgresql.conf"), ServerSettings);
        var service = await StartServiceAsync(application, data, options.Settings);
        return new Bench(options, data, service, await RunningService.LogInAsync(Url, ServiceDatabase));
    }

    public async Task RunAsync()
    {
        Console.WriteLine($"rounds of {options.Seconds} s, {options.Rounds} each, interleaved; medians. pgbench -M prepared, fsync and synchronous_commit on. {Environment.ProcessorCount} processors for all.");
        Console.WriteLine($"start to ready, database already there and its server stopped: {service.ToReady.TotalSeconds:0.00} s; idle memory {service.ResidentMegabytes:0} MB\n");

        await SeedAsync(options.Sizes[0], options.Locations[0]);
        await WarmUpAsync();
        Console.WriteLine("upserts         pgbench/s   service/s   ratio   added latency   service p50    p99     CPU s/1000   memory");
        foreach (var connections in options.Connections)
        {
            await CompareAsync($"{connections,4} connections", "upsert", connections);
        }

        Console.WriteLine("\nreads of a contact with its locations");
        await CompareAsync("  64 connections", "read", 64);

        Console.WriteLine("\nupserts, 64 connections, by contacts stored before");
        foreach (var size in options.Sizes)
        {
            await SeedAsync(size, options.Locations[0]);
            await CompareAsync($"{size,15:n0}", "upsert", 64);
        }

        Console.WriteLine($"\npages of the contacts with one surname, {options.Sizes[^1]:n0} stored");
        await SeedAsync(options.Sizes[^1], options.Locations[0]);
        await CompareAsync("   1 connection ", "list", 1);
        await CompareAsync("   8 connections", "list", 8);

        Console.WriteLine("\nupserts, 64 connections, by locations a contact");
        foreach (var count in options.Locations)
        {
            await SeedAsync(options.Sizes[0], count);
            await CompareAsync($"{count,15}", "upsert", 64);
        }
    }

    /// <summary>Publishes the service as it would be deployed; the directory it is in.</summary>
    public static async Task<string> PublishAsync()
    {
        var application = Path.Combine(Path.GetTempPath(), $"crmimport-load-{Environment.ProcessId}", "app");
        await Shell.RunAsync("dotnet", ["publish", Path.Combine(FindRoot(), "CrmImport.csproj"), "-c", "Release", "-o", application]);
        return application;
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        Directory.Delete(data, recursive: true);
    }

    /// <summary>Starts it on an embedded database in a directory of its own.</summary>
    public static Task<RunningService> StartServiceAsync(string application, string data, string[] settings)
    {
        string[] all = ["ASPNETCORE_ENVIRONMENT=Development", $"Embedded__Directory={data}", "DOTNET_GCgen0size=0x3000000", .. settings]; // as in the image
        return RunningService.StartAsync(application, Url, all.Select(setting => setting.Split('=', 2)).ToDictionary(setting => setting[0], setting => setting[1]));
    }

    private async Task CompareAsync(string name, string work, int connections)
    {
        var rounds = new List<(Run Pgbench, Run Service, double Cpu)>();
        for (var round = 0; round < options.Rounds; round++)
        {
            var pgbench = await PgbenchAsync(work, connections);
            var before = service.CpuSeconds;
            var wrk = await WrkAsync(work, connections);
            rounds.Add((pgbench, wrk, (service.CpuSeconds - before) / (wrk.PerSecond * options.Seconds / 1000)));
        }

        Console.WriteLine(
            $"{name} {Median(r => r.Pgbench.PerSecond),10:0} {Median(r => r.Service.PerSecond),11:0} {Median(r => r.Service.PerSecond / r.Pgbench.PerSecond),7:0.00} "
            + $"{Median(r => r.Service.Median - r.Pgbench.Median),12:0.000} ms {Median(r => r.Service.Median),10:0.00} {Median(r => r.Service.P99),7:0.00} ms {Median(r => r.Cpu),8:0.000} {service.ResidentMegabytes,9:0} MB");

        double Median(Func<(Run Pgbench, Run Service, double Cpu), double> figure) => rounds.Select(figure).Order().ElementAt(rounds.Count / 2);
    }

    // Compiled, planned and cached alike, before anything counts.
    private async Task WarmUpAsync()
    {
        foreach (var (work, connections) in new[] { ("upsert", 64), ("upsert", 1), ("read", 64) })
        {
            await PgbenchAsync(work, connections);
            await WrkAsync(work, connections);
            await WrkAsync(work, connections);
        }
    }

    private async Task SeedAsync(int contacts, int locationsEach)
    {
        (stored, locations) = (contacts, locationsEach);
        foreach (var database in new[] { ServiceDatabase, PgbenchDatabase })
        {
            await Shell.RunAsync("psql", ["-q", "-h", socket, "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-v", $"stored={contacts}", "-v", $"locations={locationsEach}", "-f", Path.Combine(Files, "seed.sql")]);
        }
    }

    private async Task<Run> PgbenchAsync(string work, int connections)
    {
        var output = await Shell.RunAsync("pgbench",
            ["-n", "-M", "prepared", "-c", $"{connections}", "-j", $"{Math.Min(connections, 2)}", "-T", $"{options.Seconds}", "-D", $"stored={stored}", "-D", $"locations={locations}",
             "-f", Path.Combine(Files, $"{work}.sql"), "-h", socket, "-U", "crmimport", PgbenchDatabase]);
        if (!PgbenchLatency().IsMatch(output))
        {
            return new Run(double.NaN, double.NaN, double.NaN); // none of its transactions ended in time
        }

        var latency = Number(output, PgbenchLatency());
        return new Run(Number(output, PgbenchRate()), latency, latency);
    }

    private async Task<Run> WrkAsync(string work, int connections)
    {
        var output = await Shell.RunAsync("wrk",
            ["-t", $"{Math.Min(connections, 2)}", "-c", $"{connections}", "-d", $"{options.Seconds}s", "--latency", "-s", Path.Combine(Files, $"{work}.lua"), Url],
            new Dictionary<string, string> { ["TOKEN"] = token, ["STORED"] = $"{stored}", ["LOCATIONS"] = $"{locations}", ["RUN"] = $"{++serial}" });
        if (output.Contains("Socket errors", StringComparison.Ordinal))
        {
            Console.WriteLine(output);
        }

        return new Run(Number(output, WrkRate()), Milliseconds(WrkMedian().Match(output)), Milliseconds(WrkP99().Match(output)));
    }

    private static double Number(string output, Regex pattern) =>
        pattern.Match(output) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new InvalidOperationException(output);

    private static double Milliseconds(Match match) =>
        double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 });

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(Environment.CurrentDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "CrmImport.slnx")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("Run it inside the repository");
        }

        return directory.FullName;
    }

    [GeneratedRegex(@"tps = ([\d.]+)")]
    private static partial Regex PgbenchRate();

    [GeneratedRegex(@"latency average = ([\d.]+) ms")]
    private static partial Regex PgbenchLatency();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex WrkRate();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex WrkMedian();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex WrkP99();
}
