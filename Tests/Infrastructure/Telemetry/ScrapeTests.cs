using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using CrmImport.Tests.Infrastructure.Deploy;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>A Prometheus, where one is installed, scrapes the service and draws the dashboard; elsewhere the text is read as it would.</summary>
public sealed class ScrapeTests
{
    private readonly string directory = Path.Combine(Path.GetTempPath(), $"crmimport-prometheus-{Guid.NewGuid():N}");

    [TearDown]
    public void RemoveDirectory()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task Prometheus_scrapes_the_service_and_answers_the_dashboard()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var clientRef = await ServiceUnderTest.A.AddClientAsync();
        if (Tool.Find("prometheus", "prometheus") is not { } path)
        {
            (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
            Assert.That((await MetricsText.ReadAsync())[$"crmimport_database_up{{database=\"{ServiceUnderTest.A.Name}\"}}"], Is.LessThanOrEqualTo(1));
            return;
        }

        var (process, url) = Start(path);
        try
        {
            var prometheus = new ApiClient(url: url);
            await UntilAsync(prometheus, "up == 1");
            foreach (var query in Queries("crmimport_database_up", "crmimport_contacts_total", "http_server_request_duration_seconds_bucket{job=~\"$job\",instance=~\"$instance\",http_route=\"/rest", "dotnet_gc_pause"))
            {
                await UntilAsync(prometheus, query, async () => (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK));
            }
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    // With the variables as Grafana fills them in.
    private static IEnumerable<string> Queries(params string[] contents) => contents.Select(content =>
        DeployTests.DashboardQueries.First(query => query.Contains(content, StringComparison.Ordinal))
            .Replace("$job", ".*", StringComparison.Ordinal)
            .Replace("$instance", ".*", StringComparison.Ordinal)
            .Replace("$database", ServiceUnderTest.A.Name, StringComparison.Ordinal)
            .Replace("$__rate_interval", "30s", StringComparison.Ordinal));

    private static Task<JsonArray> UntilAsync(ApiClient prometheus, string query, Func<Task>? work = null) => Eventually.GetAsync(
        async () =>
        {
            await (work?.Invoke() ?? Task.CompletedTask);
            return await AskAsync(prometheus, query);
        },
        () => $"no data: {query}");

    // Null while there is no number yet: not started, not scraped, or not often enough for a rate.
    private static async Task<JsonArray?> AskAsync(ApiClient prometheus, string query)
    {
        try
        {
            var answer = await prometheus.GetAsync($"/api/v1/query?query={Uri.EscapeDataString(query)}");
            return answer.Status == HttpStatusCode.OK && answer.Data["result"]!.AsArray() is { Count: > 0 } result && result.All(sample => sample!["value"]![1]!.GetValue<string>() != "NaN") ? result
                : answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable ? null
                : throw new AssertionException(answer.Body);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private (Process Process, Uri Url) Start(string path)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = listener.LocalEndpoint.ToString()!;
        listener.Stop();
        Directory.CreateDirectory(directory);
        var configuration = Path.Combine(directory, "prometheus.yml");
        File.WriteAllText(
            configuration,
            $$"""
            global: { scrape_interval: 4s, scrape_timeout: 4s } # the service of all tests answers when it gets to it
            scrape_configs:
              - job_name: crmimport
                authorization: { credentials: '{{ServiceUnderTest.Metrics.AccessToken}}' }
                static_configs: [ { targets: [ '{{ServiceUnderTest.Url.Authority}}' ] } ]
            """);
        string[] arguments = [$"--config.file={configuration}", $"--storage.tsdb.path={Path.Combine(directory, "data")}", $"--web.listen-address={address}", "--log.level=error"];
        return (Process.Start(new ProcessStartInfo(path, arguments))!, new Uri($"http://{address}"));
    }
}
