using System.Net;
using System.Security.Cryptography.X509Certificates;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Tests.Running;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrmImport.Tests.Infrastructure.CommandLine;

/// <summary><c>health</c> asks where the same settings let the service listen.</summary>
public sealed class HealthCommandTests
{
    [TestCase("", "http://localhost:8080")]
    [TestCase("urls=", "http://localhost:8080")]
    [TestCase("urls=http://127.0.0.1:81", "http://127.0.0.1:81")]
    [TestCase("urls=https://*:82;http://+:81", "http://localhost:81")]
    [TestCase("urls=https://[::]:82", "https://localhost:82")]
    [TestCase("urls=http://[::1]:81", "http://[::1]:81")]
    [TestCase("urls=http://crm.example:81", "http://localhost:81")]
    [TestCase("urls=nonsense;http://unix:/run/crm.sock;http://10.0.0.1:81", "http://10.0.0.1:81")]
    [TestCase("http_ports=81;82", "http://localhost:81")]
    [TestCase("https_ports=83", "https://localhost:83")]
    [TestCase("urls=,http_ports=81,https_ports=83", "http://localhost:81")]
    [TestCase("urls=http://*:81,http_ports=82", "http://localhost:81")]
    [TestCase("urls=http://*:81,Kestrel:Endpoints:Main:Url=http://0.0.0.0:84", "http://localhost:84")]
    [TestCase("Kestrel:Endpoints:A:Url=https://*:85,Kestrel:Endpoints:B:Url=http://localhost:84", "http://localhost:84")]
    [TestCase("urls=http://*:9090;http://*:81,Telemetry:MetricsPort=9090", "http://localhost:81")]
    [TestCase("urls=http://*:9090;https://*:82,Telemetry:MetricsPort=9090", "https://localhost:82")]
    [TestCase("urls=http://*:9090,Telemetry:MetricsPort=9090", "http://localhost:9090")]
    public void It_asks_where_the_service_listens(string settings, string url)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Split(',').Select(setting => setting.Split('=', 2)).Where(setting => setting.Length == 2).ToDictionary(setting => setting[0], string? (setting) => setting[1]))
            .Build();

        Assert.That(HealthCommand.UrlOf(configuration), Is.EqualTo(url));
    }

    [TestCase("Kestrel__Endpoints__Main__Url", "", "http://*:{port}")]
    [TestCase("", "--Kestrel:Endpoints:Main:Url=", "http://0.0.0.0:{port}")]
    [TestCase("", "--urls=", "http://[::]:{port}")]
    [TestCase("ASPNETCORE_URLS", "--url=", "http://127.0.0.1:{port}")]
    public async Task It_takes_the_services_own_settings(string variable, string option, string url)
    {
        await using var service = await StartAsync(certificate: null);
        var asked = url.Replace("{port}", PortOf(service), StringComparison.Ordinal);
        await using var command = ServiceProcess.Start(
            variable.Length == 0 ? [] : new Dictionary<string, string> { [variable] = option == "--url=" ? "http://127.0.0.1:9" : asked },
            option.Length == 0 ? ["health"] : ["health", option + asked]);

        Assert.That(await command.ExitCodeAsync(), Is.Zero, command.Errors);
        Assert.That(command.Output.Trim(), Is.EqualTo("here"));
    }

    [Test]
    public async Task It_asks_over_HTTPS_whatever_name_the_certificate_is_for()
    {
        using var files = new CertificateFiles("crm.example");
        using var certificate = X509CertificateLoader.LoadPkcs12FromFile(files.Pfx, CertificateFiles.Password);
        await using var service = await StartAsync(certificate);

        Assert.That(await HealthCommand.Make([], Terminal.OfProcess()).Parse(["--url", $"https://localhost:{PortOf(service)}"]).InvokeAsync(), Is.Zero);
    }

    [Test]
    public async Task It_trusts_the_authority_that_it_is_given()
    {
        var host = Dns.GetHostName();
        using var files = new CertificateFiles(host);
        using var other = new CertificateFiles(host);
        using var certificate = X509CertificateLoader.LoadPkcs12FromFile(files.Pfx, CertificateFiles.Password);
        await using var service = await StartAsync(certificate, IPAddress.Any);
        var url = $"https://{host}:{PortOf(service)}";

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await HealthCommand.Make([], Terminal.OfProcess()).Parse(["--url", url]).InvokeAsync(), Is.EqualTo(1));
            Assert.That(await HealthCommand.Make([], Terminal.OfProcess()).Parse(["--url", url, "--ca-file", other.Pem]).InvokeAsync(), Is.EqualTo(1));
            Assert.That(await HealthCommand.Make([], Terminal.OfProcess()).Parse(["--url", url, "--ca-file", files.Garbage]).InvokeAsync(), Is.EqualTo(1));
            Assert.That(await HealthCommand.Make([], Terminal.OfProcess()).Parse(["--url", url, "--ca-file", files.Pem]).InvokeAsync(), Is.Zero);
        }
    }

    [TestCase("http://127.0.0.1:9")]
    [TestCase("nonsense")]
    public async Task It_fails_where_nothing_answers(string url) => Assert.That(await HealthCommand.Make([], Terminal.OfProcess()).Parse(["--url", url]).InvokeAsync(), Is.EqualTo(1));

    private static string PortOf(WebApplication service) => $"{new Uri(service.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port}";

    private static async Task<WebApplication> StartAsync(X509Certificate2? certificate, IPAddress? address = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().UseKestrel(kestrel => kestrel.Listen(address ?? IPAddress.Loopback, 0, endpoint =>
        {
            if (certificate is not null)
            {
                endpoint.UseHttps(certificate);
            }
        }));
        var app = builder.Build();
        app.MapGet("/health/ready", () => "here");
        await app.StartAsync();
        return app;
    }
}
