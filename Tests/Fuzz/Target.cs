using System.Net;
using System.Net.Sockets;
using CrmImport.Processes;

namespace CrmImport.Fuzz;

/// <summary>The service that is fuzzed: one that runs already, or one started on an embedded PostgreSQL in a temporary directory, removed afterwards.</summary>
internal sealed class Target : IAsyncDisposable
{
    // A wrong password of a random request must not lock the accounts that the valid requests use.
    private static readonly string[] LocksOff = ["Logins__LockAfter", "Logins__AccountLockAfter", "Logins__AddressLockAfter"];

    private readonly string? directory;
    private readonly StreamWriter? log;

    private Target(Uri url, RunningService? service, string? directory, StreamWriter? log) => (Url, Service, this.directory, this.log) = (url, service, directory, log);

    public Uri Url { get; }

    /// <summary>The process, where this run started it.</summary>
    public RunningService? Service { get; }

    public static async Task<Target> OpenAsync(FuzzOptions options)
    {
        if (options.Url is not null)
        {
            return new Target(options.Url, null, null, null);
        }

        var directory = Path.Combine(Path.GetTempPath(), $"crmimport-fuzz-{Environment.ProcessId}");
        Directory.CreateDirectory(directory);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101); // the embedded server may run as another user, who must be able to enter
        }

        var log = new StreamWriter(Path.Combine(directory, "service.log")) { AutoFlush = true };
        var url = $"http://127.0.0.1:{FreePort()}";
        var settings = LocksOff.ToDictionary(name => name, _ => "0");
        settings["ASPNETCORE_ENVIRONMENT"] = "Development";
        settings["Embedded__Directory"] = Path.Combine(directory, "data");
        try
        {
            var service = await RunningService.StartAsync(AppContext.BaseDirectory, url, settings, TextWriter.Synchronized(log));
            return new Target(new Uri(url), service, directory, log);
        }
        catch
        {
            await log.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Service is not null)
        {
            await Service.DisposeAsync();
            await log!.DisposeAsync();
            Directory.Delete(directory!, recursive: true);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
