using System.Diagnostics;
using System.Net;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Tests.Infrastructure.Deploy;
using CrmImport.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>What a collector is sent where the standard variables name one.</summary>
public sealed class OtlpTests
{
    /// <summary>All that a request's span records. What a new version of the instrumentation adds is to be looked at: it may be of the caller's.</summary>
    private static readonly string[] RequestAttributes =
        ["db.namespace", "http.request.method", "http.response.status_code", "http.route", "network.protocol.version", "url.scheme"];

    private static string DatabaseSetting => $"Databases__{ServiceUnderTest.A.Name}";

    [Test]
    public async Task A_write_is_one_trace_from_its_request_to_its_statements_without_anybodys_data()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = Start(collector.Url, ("OTEL_SERVICE_NAME", "crm-of-test"), ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=testing"));
        var (url, opId, marker) = (await service.ListeningAsync(), await ServiceUnderTest.A.AddOperatorAsync(level: 10), $"M{Guid.NewGuid():N}");
        var owner = await ApiClient.LogInAsync(ServiceUnderTest.A.Name, opId, url);
        var clientRef = await ServiceUnderTest.A.AddClientAsync("L1");
        var (traceId, parent) = ($"{Guid.NewGuid():N}", "00f067aa0ba902b7");

        (await owner.UpsertAsync(Sample.Contact(clientRef, marker, "L1").With("surname", marker), ("traceparent", $"00-{traceId}-{parent}-01"))).ShouldBe(HttpStatusCode.OK);
        var refused = (await owner.ReadAsync(marker, marker)).ShouldFail(404, "contact_not_found");
        (await owner.GetAsync("/health/ready", ("User-Agent", marker))).ShouldBe(HttpStatusCode.OK);
        await UntilAsync(collector, () => Of(traceId).Any(span => span.ParentId == parent) && collector.Spans.Any(span => span.TraceId == refused.Text("trace_id")));

        var request = Of(traceId).Single(span => span.ParentId == parent);
        var write = Of(traceId).Single(span => span.Name == "write contact");
        var batch = Of(traceId).Single(span => span.Name == "write batch");
        await UntilAsync(collector, () => collector.Signals is ["logs", "metrics", "traces"]);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(request.Name, Is.EqualTo("POST /rest/contact/contact"));
            Assert.That(request.Attributes, Is.EquivalentTo(RequestAttributes));
            Assert.That(request.Raw, Does.Contain(ServiceUnderTest.A.Name));
            Assert.That(write.ParentId, Is.EqualTo(request.SpanId));
            Assert.That(batch.ParentId, Is.EqualTo(write.SpanId));
            Assert.That(Statements().Count(span => span.ParentId == batch.SpanId), Is.GreaterThanOrEqualTo(2), "what is stored, then what is to be");
            Assert.That(Statements().Select(span => span.ParentId).Distinct(), Is.SubsetOf(new[] { request.SpanId, batch.SpanId }), "the request's own: who calls");
            Assert.That(collector.Spans.Select(span => span.Name), Has.None.Contains("/health").And.None.EqualTo("GET /metrics"));
            Assert.That(collector.Spans.Where(span => span.ParentId.Length == 0).Select(span => span.Name), Has.None.EqualTo("postgresql").And.None.Contains("select"), "what the service asks by itself");
            foreach (var signal in collector.Signals)
            {
                Assert.That(collector.Text(signal), Does.Contain("crm-of-test").And.Contain("deployment.environment"), signal);
                Assert.That(collector.Text(signal), Does.Not.Contain(marker).And.Not.Contain(clientRef).And.Not.Contain(opId).And.Not.Contain(owner.AccessToken!), signal);
            }

            Assert.That(collector.Text("metrics"), Does.Contain("crmimport.contacts").And.Contain("http.server.request.duration"));
            Assert.That(collector.Text("logs"), Does.Contain("contact_not_found"));
        }

        IEnumerable<OtlpSpan> Statements() => Of(traceId).Where(span => span.Raw.Contains("db.query.text", StringComparison.Ordinal));

        IEnumerable<OtlpSpan> Of(string id) => collector.Spans.Where(span => span.TraceId == id);
    }

    [Test]
    public async Task Writes_that_share_a_batch_are_linked_with_it_both_ways()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = Start(collector.Url, ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none"));
        var owner = await ApiClient.LogInAsync(ServiceUnderTest.A.Name, await ServiceUnderTest.A.AddOperatorAsync(level: 10), await service.ListeningAsync());
        var clientRef = await ServiceUnderTest.A.AddClientAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}"))));
        Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK), answers.FirstOrDefault(answer => answer.Status != HttpStatusCode.OK)?.Body);
        await UntilAsync(collector, () => Named("write contact").Length == answers.Length && Linked().Length == answers.Length);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Linked().Select(pair => pair.Write).Distinct().ToArray(), Has.Length.EqualTo(answers.Length));
            Assert.That(Named("write batch").Length, Is.LessThan(answers.Length), "some shared one");
            Assert.That(collector.Signals, Is.EqualTo(new[] { "traces" }));
        }

        OtlpSpan[] Named(string name) => [.. collector.Spans.Where(span => span.Name == name)];

        (string Write, string Batch)[] Linked() =>
            [.. from write in Named("write contact") from batch in Named("write batch") where write.Links.Contains(batch.SpanId) && batch.Links.Contains(write.SpanId) select (write.SpanId, batch.SpanId)];
    }

    [Test]
    public async Task Nothing_that_a_caller_writes_into_a_request_is_in_its_span()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = Start(collector.Url, ("OTEL_METRICS_EXPORTER", "none"), ("OTEL_LOGS_EXPORTER", "none"));
        var client = new ApiClient(url: await service.ListeningAsync());
        var (traceId, marker) = ($"{Guid.NewGuid():N}", $"m{Guid.NewGuid():N}");

        (await client.SendAsync(new HttpMethod(marker), $"/{marker}?{marker}={marker}&{marker}", null, ("Host", marker), ("User-Agent", marker), ("traceparent", $"00-{traceId}-00f067aa0ba902b7-01"))).ShouldFail(404, "route_not_found");
        await UntilAsync(collector, () => collector.Spans.Any(span => span.TraceId == traceId));

        var request = collector.Spans.Single(span => span.TraceId == traceId);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(request.Name, Is.EqualTo("HTTP"));
            Assert.That(request.Attributes, Is.EquivalentTo(RequestAttributes.Except(["db.namespace", "http.route"])));
            Assert.That(collector.Text("traces"), Does.Not.Contain(marker));
        }
    }

    [Test]
    public async Task The_variables_may_be_arguments_and_what_is_left_is_sent_when_the_service_stops()
    {
        const string NotBeforeTheStop = "3600000";
        await using var collector = await OtlpReceiver.StartAsync();
        await using var service = ServiceProcess.Start(
            new Dictionary<string, string> { [DatabaseSetting] = ServiceUnderTest.A.ConnectionString },
            $"--OTEL_EXPORTER_OTLP_ENDPOINT={collector.Url}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "--OTEL_SERVICE_NAME=crm-by-argument",
            $"--OTEL_METRIC_EXPORT_INTERVAL={NotBeforeTheStop}", $"--OTEL_BSP_SCHEDULE_DELAY={NotBeforeTheStop}", $"--OTEL_BLRP_SCHEDULE_DELAY={NotBeforeTheStop}");
        var client = new ApiClient(url: await service.ListeningAsync());

        (await client.GetAsync("/nowhere")).ShouldFail(404, "route_not_found");
        Assert.That(collector.Signals, Is.Empty);
        ServiceProcess.Signal("TERM", service.Id);
        Assert.That(await service.ExitCodeAsync(), Is.Zero, service.Errors);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(collector.Signals, Is.EqualTo(new[] { "logs", "metrics", "traces" }));
            Assert.That(collector.Spans.Select(span => span.Name), Is.EqualTo(new[] { "GET" }));
            Assert.That(collector.Text("metrics"), Does.Contain("crmimport.refusals").And.Contain("route_not_found"));
            Assert.That(collector.Text("logs"), Does.Contain("route_not_found"));
            Assert.That(collector.Signals.Select(collector.Text), Is.All.Contains("crm-by-argument"));
        }
    }

    [Test]
    public void Without_a_collector_nobody_listens_to_spans()
    {
        // Listeners are the process's; the service under test has no collector, nor has any other in it.
        using (Assert.EnterMultipleScope())
        {
            foreach (var name in new[] { CrmTracing.SourceName, "Microsoft.AspNetCore", "Npgsql" })
            {
                using var source = new ActivitySource(name);
                Assert.That(source.HasListeners(), Is.False, name);
            }

            Assert.That(ServiceUnderTest.Services.GetRequiredService<DiagnosticListener>().IsEnabled("Microsoft.AspNetCore.Hosting.HttpRequestIn"), Is.False, "the instrumentation of ASP.NET Core");
        }
    }

    [Test]
    public async Task Switched_off_nothing_is_sent_or_measured_and_a_collector_that_is_away_harms_nobody()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var off = ServiceProcess.Start(Settings(collector.Url), "--OTEL_SDK_DISABLED=true");
        await using var away = Start("http://127.0.0.1:9");
        foreach (var service in new[] { off, away })
        {
            var url = await service.ListeningAsync();
            var owner = await ApiClient.LogInAsync(ServiceUnderTest.A.Name, await ServiceUnderTest.A.AddOperatorAsync(level: 10), url);
            (await owner.UpsertAsync(Sample.Contact(await ServiceUnderTest.A.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.OK);
            var metrics = await new ApiClient(ServiceUnderTest.Metrics.AccessToken, url).GetAsync("/metrics");
            Assert.That(metrics.Status, Is.EqualTo(service == off ? HttpStatusCode.NotFound : HttpStatusCode.OK));
            ServiceProcess.Signal("TERM", service.Id);
            Assert.That(await service.ExitCodeAsync(), Is.Zero, service.Errors);
        }

        Assert.That(collector.Signals, Is.Empty);
    }

    private static ServiceProcess Start(string collector, params (string Name, string Value)[] variables) => ServiceProcess.Start(Settings(collector, variables));

    // A busy machine may need longer than a second to connect, which in production is when a database is given up.
    private static Dictionary<string, string> Settings(string collector, params (string Name, string Value)[] variables)
    {
        var settings = new Dictionary<string, string>
        {
            [DatabaseSetting] = $"{ServiceUnderTest.A.ConnectionString};Timeout=30",
            ["Telemetry__MetricsToken"] = ServiceUnderTest.Metrics.AccessToken!,
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector,
            ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf",
            ["OTEL_METRIC_EXPORT_INTERVAL"] = "200",
            ["OTEL_BSP_SCHEDULE_DELAY"] = "100",
            ["OTEL_BLRP_SCHEDULE_DELAY"] = "100",
        };
        foreach (var (name, value) in variables)
        {
            settings[name] = value;
        }

        return settings;
    }

    private static Task<string> UntilAsync(OtlpReceiver collector, Func<bool> condition) => Eventually.GetAsync(
        () => condition() ? "" : null,
        () => $"{string.Join(", ", collector.Signals)}: {string.Join('\n', collector.Spans.Select(span => $"{span.TraceId} {span.ParentId} {span.SpanId} {span.Name}"))}");
}
