using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace CrmImport.Processes;

/// <summary>The service as a process of its own, ready to be called; and what the operating system says of it.</summary>
internal sealed class RunningService : IAsyncDisposable
{
    /// <summary>Long enough for any machine; only what hangs reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;

    private RunningService(Process process, TimeSpan toReady) => (this.process, ToReady) = (process, toReady);

    /// <summary>From the start of the process to the first answer of /health/ready.</summary>
    public TimeSpan ToReady { get; }

    public int Id => process.Id;

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

    /// <summary>Open files and sockets.</summary>
    public int Descriptors => Directory.GetFiles($"/proc/{process.Id}/fd").Length;

    /// <summary>Starts the CrmImport.dll of a directory with settings as environment variables, and waits until it is ready. What it prints goes to the log, if there is one.</summary>
    public static async Task<RunningService> StartAsync(string application, string url, IReadOnlyDictionary<string, string> settings, TextWriter? log = null)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(application, "CrmImport.dll")]) { WorkingDirectory = application, RedirectStandardOutput = true };
        start.Environment["ASPNETCORE_URLS"] = url;
        start.Environment["Logging__LogLevel__Default"] = "Warning";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var watch = Stopwatch.StartNew();
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, line) => log?.WriteLine(line.Data);
        process.BeginOutputReadLine();
        using var http = new HttpClient();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!process.HasExited && watch.Elapsed < Patience)
        {
            try
            {
                if ((await http.GetAsync(new Uri($"{url}/health/ready"))).IsSuccessStatusCode)
                {
                    return new RunningService(process, watch.Elapsed);
                }
            }
            catch (HttpRequestException)
            {
                // it does not listen yet
            }

            await timer.WaitForNextTickAsync();
        }

        process.Kill();
        throw new InvalidOperationException("The service did not start");
    }

    /// <summary>Logs the demo operator in; returns the access token.</summary>
    public static async Task<string> LogInAsync(string url, string database)
    {
        using var http = new HttpClient();
        using var body = new StringContent("""{"op_id":"OWN","op_password":"own"}""", new MediaTypeHeaderValue("application/json"));
        body.Headers.Add("x-database", database);
        using var answer = JsonDocument.Parse(await (await http.PostAsync(new Uri($"{url}/api/v1/auth/login"), body)).Content.ReadAsStringAsync());
        return answer.RootElement.GetProperty("result").GetProperty("access_token").GetString()!;
    }

    /// <summary>Ends the process in its tracks, and returns when it is gone.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks the process to end, and returns its exit code; null where it does not end.</summary>
    public async Task<int?> TerminateAsync()
    {
        await Shell.RunAsync("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience);
            return process.ExitCode;
        }
        catch (TimeoutException)
        {
            await KillAsync();
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await TerminateAsync();
        }

        process.Dispose();
    }
}
