using System.CommandLine;
using System.Net;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>health</c>: asks a running service whether it is ready, where the same settings let it listen.</summary>
internal static class HealthCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Option<string?> Url = new("--url") { Description = "Where the service listens; left out: where the settings say." };
    private static readonly Option<FileInfo> CaFile = new Option<FileInfo>("--ca-file") { Description = "A PEM file with the certificates of the authority that signed the service's certificate, where the system does not trust it." }.AcceptExistingOnly();
    private static readonly Option<string?> Urls = new("--urls") { Description = "The URLs that the service was started with." };

    /// <param name="settings">The settings on the command line.</param>
    /// <param name="terminal">Where to.</param>
    public static Command Make(string[] settings, Terminal terminal)
    {
        var health = new Command("health", "Check whether a running service is ready; exit 0 if it is, else 1.") { Url, Urls, CaFile };
        health.SetAction((parsed, cancellationToken) => AskAsync(
            parsed.GetValue(Url) ?? FindUrl([.. settings, .. parsed.GetValue(Urls) is { } urls ? [$"--urls={urls}"] : (string[])[]]), parsed.GetValue(CaFile), terminal, cancellationToken));
        return health;
    }

    /// <summary>Where the settings let the service listen: by plain HTTP if there is a choice. The port for metrics answers too, but not for what callers reach.</summary>
    public static string UrlOf(IConfiguration configuration)
    {
        var metricsPort = configuration["Telemetry:MetricsPort"];
        var address = ListenSettings.AddressesOf(configuration)
            .Where(address => !address.IsUnixPipe && !address.IsNamedPipe)
            .OrderBy(address => $"{address.Port}" == metricsPort)
            .ThenBy(address => address.Scheme == Uri.UriSchemeHttps)
            .FirstOrDefault();
        return address is null ? ListenSettings.DefaultUrl : $"{address.Scheme}://{HostOf(address)}:{address.Port}";
    }

    private static string FindUrl(string[] args)
    {
        var configuration = WebApplication.CreateBuilder(Hosting.StartOptions(args)).Configuration;
        SecretFiles.AddTo(configuration);
        return UrlOf(configuration);
    }

    private static async Task<int> AskAsync(string url, FileInfo? caFile, Terminal terminal, CancellationToken cancellationToken)
    {
        try
        {
            using var handler = ServiceClient.MakeHandler(caFile);
            using var client = new HttpClient(handler) { Timeout = Patience };
            using var answer = await client.GetAsync(new Uri(new Uri(url), "/health/ready"), cancellationToken);
            await terminal.Out.WriteLineAsync(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? CommandLine.Done : CommandLine.Refused;
        }
        catch (Exception exception) when (ServiceClient.WhyNot(exception, url, caFile) is { } sentence)
        {
            await terminal.Error.WriteLineAsync(sentence);
            return CommandLine.Refused;
        }
    }

    // A name, like * and +, is listened on at every address.
    private static string HostOf(BindingAddress address) =>
        IPAddress.TryParse(address.Host, out var ip) && !ip.Equals(IPAddress.Any) && !ip.Equals(IPAddress.IPv6Any) ? address.Host : "localhost";
}
