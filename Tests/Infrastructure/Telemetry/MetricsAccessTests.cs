using System.Globalization;
using System.Net;
using System.Net.Sockets;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>Who may read the metrics, and where.</summary>
public sealed class MetricsAccessTests
{
    private const string Token = "correct-horse-battery";

    [Test]
    public async Task A_token_from_a_file_opens_the_metrics_at_their_own_port_and_that_port_opens_nothing_else()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, Token + "\n");
        var port = FreePort();
        await using var service = ServiceProcess.Start(new Dictionary<string, string>
        {
            [$"Databases__{ServiceUnderTest.A.Name}"] = ServiceUnderTest.A.ConnectionString,
            ["Telemetry__MetricsPort"] = port.ToString(CultureInfo.InvariantCulture),
            ["Telemetry__MetricsToken__File"] = file,
        });
        var main = new ApiClient(url: await service.ListeningAsync());
        var own = new ApiClient(url: new Uri($"http://127.0.0.1:{port}"));
        var allowed = new ApiClient(Token, new Uri($"http://127.0.0.1:{port}"));

        using (Assert.EnterMultipleScope())
        {
            (await allowed.GetAsync("/metrics")).ShouldBe(HttpStatusCode.OK);
            (await own.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
            (await main.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
            (await main.GetAsync("/docs/index.html")).ShouldBe(HttpStatusCode.OK);
            foreach (var path in new[] { "/openapi/v1.json", "/docs/index.html", "/", "/api/v1/clients/29", "/metric", "/%2e%2e/docs/index.html", "/health/../docs/index.html" })
            {
                (await allowed.GetAsync(path)).ShouldFail(404, "route_not_found");
            }

            (await own.PostAsync("/rest/contact/contact", "{}")).ShouldFail(404, "route_not_found");
            (await own.PostAsync("/api/v1/auth/login", "{}")).ShouldFail(404, "route_not_found");
            foreach (var path in new[] { "/metrics", "/METRICS", "/metrics/", "/metrics?x" })
            {
                (await new ApiClient(Token, await service.ListeningAsync()).GetAsync(path, ("Host", $"127.0.0.1:{port}"))).ShouldFail(404, "route_not_found");
            }

            (await main.PostAsync("/metrics", "{}")).ShouldFail(404, "route_not_found");
            foreach (var header in new[] { "", "Bearer", "Bearer ", "Bearer x", $"Bearer {Token}x", $"Bearer {Token[..^1]}", $"Basic {Token}", Token, $"Bearer {Token.ToUpperInvariant()}", $"Bearer {Token}, Bearer {Token}" })
            {
                (await own.GetAsync("/metrics", ("Authorization", header))).ShouldFail(401, "not_authenticated");
            }

            (await own.GetAsync($"/metrics?token={Token}")).ShouldFail(401, "not_authenticated");
            Assert.That(service.Output, Does.Not.Contain(Token));
        }

        File.Delete(file);
    }

    [Test]
    public async Task Outside_development_the_metrics_need_a_token_or_a_port()
    {
        await using var service = await GuardedService.StartAsync();

        var refused = (await service.GetAsync("/metrics")).ShouldFail(404, "route_not_found");

        Assert.That(refused.Text("result_msg"), Does.Contain("Telemetry:MetricsPort").And.Contain("Telemetry:MetricsToken"));
    }

    [Test]
    public async Task Every_pool_of_connections_has_a_name_that_says_nothing_of_the_server()
    {
        var name = $"cv_pool_{Guid.NewGuid():N}"[..20];
        var settings = new Dictionary<string, string> { [$"Databases__{name}"] = await ServiceUnderTest.CreateDatabaseAsync(name), ["Telemetry__MetricsToken"] = Token };
        await using var service = ServiceProcess.Start(settings);
        var client = new ApiClient(Token, await service.ListeningAsync());
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(2.5)); // some pulses
        await timer.WaitForNextTickAsync();
        var metrics = (await client.GetAsync("/metrics")).ShouldBe(HttpStatusCode.OK).Body;

        // Waiting for changes throws nothing, or an alert on exceptions would be of no use.
        Assert.That(metrics.Split('\n').Where(line => line.StartsWith("dotnet_exceptions_total", StringComparison.Ordinal)), Is.Empty);
        Assert.That(metrics, Does.Contain($"\"{name} writes\"").And.Not.Contain("Host=").And.Not.Contain("Username="));
    }

    [TestCase("Telemetry__MetricsToken", "short", "MetricsToken")]
    [TestCase("Telemetry__MetricsToken__File", "/dev/null", "is empty")]
    [TestCase("Telemetry__MetricsPort", "70000", "MetricsPort")]
    public async Task What_would_open_the_metrics_by_mistake_stops_the_start(string name, string value, string words)
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { [name] = value });
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(service.Errors, Does.Contain(words));
            Assert.That(service.Errors.Split('\n'), Has.Length.EqualTo(1), service.Errors);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Any, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
