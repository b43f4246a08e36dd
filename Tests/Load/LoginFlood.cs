using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using CrmImport.Processes;

namespace CrmImport.Load;

/// <summary>Floods the service with wrong log-ins: what honest callers notice of it, and whether the time a refusal takes tells why.</summary>
internal static class LoginFlood
{
    private const int Attackers = 64;
    private const int HonestCallers = 4;
    private const int Timings = 200;

    private static readonly string[] GuardOff = ["Logins__LockAfter=0", "Logins__AccountLockAfter=0", "Logins__AddressLockAfter=0"];

    public static async Task RunAsync(LoadOptions options)
    {
        var application = await Bench.PublishAsync();
        var data = Path.Combine(Path.GetTempPath(), $"crmimport-load-data-{Environment.ProcessId}");
        try
        {
            Console.WriteLine($"{HonestCallers} honest callers read a client; {Attackers} others log in with wrong passwords. {Environment.ProcessorCount} processors for all.");
            Console.WriteLine("                                  honest/s     p50       p99    service CPU   wrong log-ins");
            await FloodAsync(application, data, options, [.. options.Settings], "guarded");
            await FloodAsync(application, data, options, [.. GuardOff, .. options.Settings], "guard off, hashing bounded");
            await TimeAsync(application, data, options);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task FloodAsync(string application, string data, LoadOptions options, string[] settings, string name)
    {
        await using var service = await Bench.StartServiceAsync(application, data, settings);
        var token = await RunningService.LogInAsync(Bench.Url, Bench.ServiceDatabase);
        using var calm = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds));
        await ReadAsync(token, calm.Token); // warm
        using var before = new CancellationTokenSource(TimeSpan.FromSeconds(options.Seconds));
        var cpu = service.CpuSeconds;
        var quiet = await ReadAsync(token, before.Token);
        Print($"{name}: before", quiet, options.Seconds, (service.CpuSeconds - cpu) / options.Seconds, "");

        using var flood = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        (cpu, var watch) = (service.CpuSeconds, Stopwatch.StartNew());
        var attack = AttackAsync(options.Logins, flood.Token);
        using var until = new CancellationTokenSource();
        var reading = ReadAsync(token, until.Token);
        var answers = await attack;
        await until.CancelAsync();
        var seconds = watch.Elapsed.TotalSeconds;
        Print($"{name}: during", await reading, seconds, (service.CpuSeconds - cpu) / seconds, $"{answers.Values.Sum()} in {seconds:0.0} s: {string.Join(", ", answers.OrderBy(answer => answer.Key).Select(answer => $"{answer.Value} x {answer.Key}"))}");
    }

    private static async Task TimeAsync(string application, string data, LoadOptions options)
    {
        await using var service = await Bench.StartServiceAsync(application, data, [.. GuardOff, .. options.Settings]);
        using var http = new HttpClient();
        (string Name, string Database, string OpId)[] reasons =
            [("wrong password", Bench.ServiceDatabase, "OWN"), ("unknown operator", Bench.ServiceDatabase, "NOBODY"), ("unknown database", "cv_nosuchdatabase", "OWN")];
        var times = reasons.ToDictionary(reason => reason.Name, _ => new List<double>());
        for (var i = 0; i < Timings + 10; i++)
        {
            foreach (var (name, database, opId) in reasons)
            {
                var watch = Stopwatch.StartNew();
                await LogInAsync(http, database, opId, CancellationToken.None);
                if (i >= 10)
                {
                    times[name].Add(watch.Elapsed.TotalMilliseconds);
                }
            }
        }

        Console.WriteLine($"\nrefused log-ins one by one, {Timings} of each kind in turn, guard off; milliseconds\n                        p10      p50      p90     mean");
        foreach (var (name, _, _) in reasons)
        {
            var sorted = times[name].Order().ToArray();
            Console.WriteLine($"{name,-20} {sorted[Timings / 10],7:0.00}  {sorted[Timings / 2],7:0.00}  {sorted[Timings * 9 / 10],7:0.00}  {sorted.Average(),7:0.00}");
        }
    }

    private static async Task<Dictionary<HttpStatusCode, int>> AttackAsync(int count, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        var left = count;
        var answers = await Task.WhenAll(Enumerable.Range(0, Attackers).Select(async _ =>
        {
            var own = new List<HttpStatusCode>();
            while (Interlocked.Decrement(ref left) >= 0 && !cancellationToken.IsCancellationRequested)
            {
                own.Add(await LogInAsync(http, Bench.ServiceDatabase, "VICTIM", CancellationToken.None));
            }

            return own;
        }));
        return answers.SelectMany(own => own).GroupBy(status => status).ToDictionary(group => group.Key, group => group.Count());
    }

    private static async Task<List<double>> ReadAsync(string token, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        var times = await Task.WhenAll(Enumerable.Range(0, HonestCallers).Select(async _ =>
        {
            var own = new List<double>();
            while (!cancellationToken.IsCancellationRequested)
            {
                var watch = Stopwatch.StartNew();
                using var answer = await http.GetAsync(new Uri($"{Bench.Url}/api/v1/clients/29"), CancellationToken.None);
                answer.EnsureSuccessStatusCode();
                own.Add(watch.Elapsed.TotalMilliseconds);
            }

            return own;
        }));
        return [.. times.SelectMany(own => own).Order()];
    }

    private static async Task<HttpStatusCode> LogInAsync(HttpClient http, string database, string opId, CancellationToken cancellationToken)
    {
        using var body = new StringContent($$"""{"op_id":"{{opId}}","op_password":"wrong"}""", new MediaTypeHeaderValue("application/json"));
        body.Headers.Add("x-database", database);
        using var answer = await http.PostAsync(new Uri($"{Bench.Url}/api/v1/auth/login"), body, cancellationToken);
        return answer.StatusCode;
    }

    private static void Print(string name, List<double> sorted, double seconds, double cpu, string attack) =>
        Console.WriteLine($"{name,-34} {sorted.Count / seconds,7:0} {sorted[sorted.Count / 2],7:0.00} {sorted[sorted.Count * 99 / 100],7:0.00} ms {cpu,8:0.00} CPUs   {attack}");
}
