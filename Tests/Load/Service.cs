using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace CrmImport.Load;

/// <summary>The service under load, published for release, with its embedded, durable PostgreSQL; and what the operating system says of its process.</summary>
internal sealed class Service : IAsyncDisposable
{
    private const int Port = 8097;

    private readonly Process process;

    private Service(Process process, TimeSpan toReady) => (this.process, ToReady) = (process, toReady);

    public static string Url { get; } = $"http://127.0.0.1:{Port}";

    /// <summary>From the start of the process to the first answer of /health/ready.</summary>
    public TimeSpan ToReady { get; }

    public double CpuSeconds
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    public double ResidentMegabytes
    {
        get
        {
            process.Refresh();
            return process.WorkingSet64 / 1e6;
        }
    }

    public static async Task<Service> StartAsync(string application, string data, IEnumerable<string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(application, "CrmImport.dll")]) { WorkingDirectory = application, RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment["ASPNETCORE_URLS"] = Url;
        start.Environment["Embedded__Directory"] = data;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var setting in settings)
        {
            start.Environment[setting.Split('=', 2)[0]] = setting.Split('=', 2)[1];
        }

        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!process.HasExited && watch.Elapsed < TimeSpan.FromSeconds(60))
        {
            try
            {
                if ((await http.GetAsync(new Uri($"{Url}/health/ready"))).IsSuccessStatusCode)
                {
                    return new Service(process, watch.Elapsed);
                }
            }
            catch (HttpRequestException)
            {
                await timer.WaitForNextTickAsync();
            }
        }

        throw new InvalidOperationException("The service did not start");
    }

    public static async Task<string> LogInAsync()
    {
        using var http = new HttpClient();
        using var body = new StringContent("""{"op_id":"OWN","op_password":"own"}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        body.Headers.Add("x-database", "cv_demodb");
        using var answer = JsonDocument.Parse(await (await http.PostAsync(new Uri($"{Url}/api/v1/auth/login"), body)).Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("result").GetProperty("access_token").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        await Shell.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await process.WaitForExitAsync();
        process.Dispose();
    }
}
