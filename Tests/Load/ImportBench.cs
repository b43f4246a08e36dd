using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CrmImport.Processes;
using MiniExcelLibs;

namespace CrmImport.Load;

/// <summary>Imports files of contacts with a location each, all new, all changed, all unchanged, in turn with psql doing the same work in SQL alone; and watches memory, and single upserts beside.</summary>
internal sealed partial class ImportBench : IDisposable
{
    private const int Workbook = 100_000;
    private const string PsqlDatabase = "cv_masterdb";

    private static readonly string Files = AppContext.BaseDirectory;

    private readonly int rows;
    private readonly int rounds;
    private readonly string data;
    private readonly string directory;
    private readonly string socket;
    private readonly string token;
    private readonly HttpClient http = new() { BaseAddress = new Uri(Bench.Url), Timeout = Timeout.InfiniteTimeSpan };

    private ImportBench(LoadOptions options, string data, string token)
    {
        (rows, rounds, this.data, this.token) = (options.Import, options.Rounds, data, token);
        directory = Path.Combine(Path.GetTempPath(), $"crmimport-load-files-{Environment.ProcessId}");
        socket = File.ReadLines(Path.Combine(data, "cluster", "postmaster.pid")).ElementAt(4);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        http.DefaultRequestHeaders.Add("Prefer", "respond-sync");
    }

    public static async Task RunAsync(LoadOptions options)
    {
        var application = await Bench.PublishAsync();
        var data = Path.Combine(Path.GetTempPath(), $"crmimport-load-data-{Environment.ProcessId}");
        var service = await Bench.StartServiceAsync(application, data, options.Settings);
        try
        {
            using var bench = new ImportBench(options, data, await RunningService.LogInAsync(Bench.Url, Bench.ServiceDatabase));
            await bench.RunAsync(service);
        }
        finally
        {
            await service.DisposeAsync();
            Directory.Delete(data, recursive: true);
        }
    }

    public void Dispose()
    {
        http.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private async Task RunAsync(RunningService service)
    {
        Directory.CreateDirectory(directory);
        var (first, second) = (Path.Combine(directory, "first"), Path.Combine(directory, "second"));
        Generate(first, rows, "");
        Generate(second, rows, "y");
        await SeedAsync();
        await ImportAsync($"{first}.csv", 2000); // compiled and planned, before anything counts
        Console.WriteLine($"{rows:n0} contacts with a location each; {rounds} rounds, in turn; medians. From the request to the end of the import; psql: COPY and three statements in one transaction.");
        Console.WriteLine($"{Environment.ProcessorCount} processors for all.\n\nrows                  format     psql rows/s   service rows/s   ratio");
        foreach (var format in new[] { "csv", "ndjson" })
        {
            var runs = new List<(double Psql, double Service)[]>();
            for (var round = 0; round < rounds; round++)
            {
                await SeedAsync();
                var run = new List<(double Psql, double Service)>();
                foreach (var file in new[] { first, second, second })
                {
                    run.Add((await PsqlAsync($"{file}.csv"), await ImportAsync($"{file}.{format}", rows)));
                }

                runs.Add([.. run]);
            }

            foreach (var (name, index) in new[] { "new", "changed", "unchanged" }.Select((name, index) => (name, index)))
            {
                Console.WriteLine($"{name,-20}  {format,-8} {Median(runs, run => run[index].Psql),13:0} {Median(runs, run => run[index].Service),16:0} {Median(runs, run => run[index].Service / run[index].Psql),7:0.00}");
            }
        }

        Console.WriteLine($"peak resident memory of the service: {PeakMegabytes(service):0} MB");
        await MeasureWorkbookAsync();
        await MeasureUpsertsAsync($"{first}.csv");
    }

    private async Task MeasureWorkbookAsync()
    {
        await SeedAsync();
        var path = Path.Combine(directory, "book.xlsx");
        await MiniExcel.SaveAsAsync(path, Enumerable.Range(0, Workbook).Select(i => Columns.Zip(Cells(i, "")).ToDictionary(cell => cell.First, cell => (object)cell.Second)));
        Console.WriteLine($"\nxlsx, {Workbook:n0} new: {await ImportAsync(path, Workbook):0} rows/s");
    }

    // Single upserts by eight connections, before an import and beside it.
    private async Task MeasureUpsertsAsync(string file)
    {
        await SeedAsync();
        await WrkAsync(5);
        var alone = await WrkAsync(10);
        var importing = ImportAsync(file, rows);
        var beside = await WrkAsync(10);
        var isOver = importing.IsCompleted;
        Console.WriteLine($"\nsingle upserts, 8 connections: alone {alone.PerSecond:0} a second, p99 {alone.P99:0.0} ms; beside an import {beside.PerSecond:0} a second, p99 {beside.P99:0.0} ms{(isOver ? " (the import ended before)" : "")}");
        Console.WriteLine($"import beside them: {await importing:0} rows/s");
    }

    private async Task<double> ImportAsync(string path, int expected)
    {
        using var content = new StreamContent(File.OpenRead(path));
        content.Headers.ContentType = new MediaTypeHeaderValue(Path.GetExtension(path) switch
        {
            ".csv" => "text/csv",
            ".ndjson" => "application/x-ndjson",
            _ => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        });
        var watch = Stopwatch.StartNew();
        using var answer = await http.PostAsync("/api/v1/imports", content);
        var text = await answer.Content.ReadAsStringAsync();
        var import = JsonNode.Parse(text)!["data"];
        return (string?)import?["state"] == "completed" && (int)import["rowsRead"]! >= Math.Min(expected, rows) && (int)import["rowsRejected"]! == 0
            ? (int)import["rowsRead"]! / watch.Elapsed.TotalSeconds
            : throw new InvalidOperationException(text);
    }

    private async Task<double> PsqlAsync(string path)
    {
        var watch = Stopwatch.StartNew();
        await Shell.RunAsync("sh", ["-c", $"psql -q -h '{socket}' -U postgres -d {PsqlDatabase} -v ON_ERROR_STOP=1 -f '{Path.Combine(Files, "import.sql")}' < '{path}'"]);
        return rows / watch.Elapsed.TotalSeconds;
    }

    private async Task SeedAsync()
    {
        foreach (var database in new[] { Bench.ServiceDatabase, PsqlDatabase })
        {
            await Shell.RunAsync("psql", ["-q", "-h", socket, "-U", "postgres", "-d", database, "-v", "ON_ERROR_STOP=1", "-c", "truncate import cascade", "-v", "stored=10000", "-v", "locations=1", "-f", Path.Combine(Files, "seed.sql")]);
        }
    }

    private async Task<(double PerSecond, double P99)> WrkAsync(int seconds)
    {
        var output = await Shell.RunAsync("wrk",
            ["-t", "2", "-c", "8", "-d", $"{seconds}s", "--latency", "-s", Path.Combine(Files, "upsert.lua"), Bench.Url],
            new Dictionary<string, string> { ["TOKEN"] = token, ["STORED"] = "10000", ["LOCATIONS"] = "1", ["RUN"] = $"{Stopwatch.GetTimestamp()}" });
        var (rate, p99) = (Rate().Match(output), P99().Match(output));
        return (double.Parse(rate.Groups[1].Value, CultureInfo.InvariantCulture), double.Parse(p99.Groups[1].Value, CultureInfo.InvariantCulture) * (p99.Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 }));
    }

    private static readonly string[] Columns =
    [
        "clientRef", "contactRef", "salutation", "forename", "surname", "contact1", "contact1Type", "contact2", "contact2Type", "preferredContact", "address1", "address2", "postCode", "notes",
        "locationRef", "isPreferred", "startDate",
    ];

    private static string[] Cells(int i, string suffix) =>
    [
        $"c{i % 100}", $"i{i}", "Mr", $"John{i}", $"Test{i}{suffix}", $"0712345{i % 10000:0000}", "1", $"t{i}@example.com", "6", "1", $"{i} High Street", "Exeter", "EX4 9HL", "Some notes, with a \"quote\"",
        $"l{(i % 20) + 1}", "false", "2020-01-01",
    ];

    private static void Generate(string path, int rows, string suffix)
    {
        using var csv = new StreamWriter($"{path}.csv");
        using var ndjson = new StreamWriter($"{path}.ndjson");
        csv.Write($"{string.Join(',', Columns)}\n");
        for (var i = 0; i < rows; i++)
        {
            var cells = Cells(i, suffix);
            csv.Write($"{string.Join(',', cells.Select(cell => cell.Contains(',', StringComparison.Ordinal) ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : cell))}\n");
            var contact = new JsonObject(Columns.Zip(cells).Take(14).Select(cell => KeyValuePair.Create(cell.First, (JsonNode?)cell.Second)));
            contact["locations"] = new JsonArray(new JsonObject(Columns.Zip(cells).Skip(14).Select(cell => KeyValuePair.Create(cell.First, (JsonNode?)cell.Second))));
            ndjson.Write($"{contact.ToJsonString()}\n");
        }
    }

    private static double Median(List<(double Psql, double Service)[]> runs, Func<(double Psql, double Service)[], double> figure) => runs.Select(figure).Order().ElementAt(runs.Count / 2);

    private static double PeakMegabytes(RunningService service) =>
        double.Parse(File.ReadLines($"/proc/{service.Id}/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture) / 1000;

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P99();
}
