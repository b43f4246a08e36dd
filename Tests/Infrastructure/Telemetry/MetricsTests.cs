using System.Net;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>What the service counts of itself, read at /metrics as Prometheus reads it.</summary>
public sealed class MetricsTests
{
    [Test]
    public async Task Contacts_are_counted_by_what_became_of_them()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync();
        var contact = Sample.Contact(clientRef, "C1");

        await owner.UpsertAsync(contact, ("Idempotency-Key", "k1"));
        await owner.UpsertAsync(contact, ("Idempotency-Key", "k1"));
        await owner.UpsertAsync(contact);
        await owner.UpsertAsync(contact.With("surname", "Changed"));
        await owner.UpsertAsync(contact.Without("surname"));
        await owner.UpsertAsync(contact.With("surname", "Test").With("clientRef", "nobody"));
        await owner.PostAsync("/rest/contact/contact?dryRun=true", contact.With("surname", "Tried").With("clientRef", clientRef));

        var metrics = await MetricsText.ReadAsync();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Contacts("created"), Is.EqualTo(1), "a repeated answer is none");
            Assert.That(Contacts("unchanged"), Is.EqualTo(1));
            Assert.That(Contacts("updated"), Is.EqualTo(1), "a trial is none");
            Assert.That(Contacts("refused"), Is.EqualTo(2), "by validation, and by the database's state");
            Assert.That(metrics["crmimport_idempotent_replays_total"], Is.GreaterThanOrEqualTo(1));
            Assert.That(metrics[$"crmimport_write_batch_size_sum{{database=\"{database.Name}\"}}"], Is.EqualTo(6), "writes that reached the queue");
            Assert.That(metrics[$"crmimport_write_duration_seconds_count{{database=\"{database.Name}\"}}"], Is.EqualTo(6));
            Assert.That(metrics.Series, Does.ContainKey($"crmimport_write_queue{{database=\"{database.Name}\"}}").WithValue(0));
        }

        double Contacts(string outcome) => metrics[$"crmimport_contacts_total{{database=\"{database.Name}\",outcome=\"{outcome}\"}}"];
    }

    [Test]
    public async Task A_patch_that_lost_races_counts_as_one_contact()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync();
        await owner.UpsertAsync(Sample.Contact(clientRef, "C1"));

        var patched = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/C1", $$"""{"surname":"S{{i}}"}""")));

        Assert.That(patched.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK));
        var metrics = await MetricsText.ReadAsync();
        Assert.That(metrics[$"crmimport_contacts_total{{database=\"{database.Name}\",outcome=\"updated\"}}"], Is.EqualTo(8));
        Assert.That(metrics[$"crmimport_contacts_total{{database=\"{database.Name}\",outcome=\"refused\"}}"], Is.Zero);
    }

    [Test]
    public async Task A_database_that_answers_is_up()
    {
        var up = $"crmimport_database_up{{database=\"{ServiceUnderTest.A.Name}\"}}";
        var metrics = await Eventually.GetAsync(async () => await MetricsText.ReadAsync() is var text && text[up] == 1 ? text : null, () => up);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics["process_start_time_seconds"], Is.GreaterThan(1_700_000_000));
            Assert.That(metrics["process_memory_usage_bytes"], Is.GreaterThan(10_000_000));
            Assert.That(metrics.Series.Keys, Has.Some.StartsWith("crmimport_build_info{commit=\"").And.Some.StartsWith("target_info{"));
        }
    }

    [Test]
    public async Task Log_ins_and_refusals_are_counted_by_their_codes()
    {
        var before = await MetricsText.ReadAsync();

        await ApiClient.LogInAsync(ServiceUnderTest.A.Name, await ServiceUnderTest.A.AddOperatorAsync());
        await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", """{"op_id":"nobody","op_password":"x"}""", ("x-database", ServiceUnderTest.A.Name));
        await ApiClient.Anonymous.GetAsync($"/nowhere/{Guid.NewGuid():N}");

        var after = await MetricsText.ReadAsync();
        using (Assert.EnterMultipleScope())
        {
            foreach (var name in new[] { "crmimport_logins_total{outcome=\"success\"}", "crmimport_logins_total{outcome=\"bad_credentials\"}", "crmimport_refusals_total{code=\"route_not_found\"}" })
            {
                Assert.That(after[name], Is.GreaterThan(before[name]), name);
            }
        }
    }

    [Test]
    public async Task Standard_names_are_there_and_who_watches_is_not_counted()
    {
        await ApiClient.Anonymous.GetAsync("/health/ready");
        await MetricsText.ReadAsync();

        var metrics = await MetricsText.ReadAsync();
        Assert.That(metrics.Types, Does.ContainKey("http_server_request_duration_seconds").WithValue("histogram"));
        Assert.That(metrics.Types, Does.ContainKey("db_client_operation_duration_seconds").WithValue("histogram"));
        Assert.That(metrics.Types, Does.ContainKey("dotnet_gc_collections_total").WithValue("counter"));
        Assert.That(metrics.Types, Does.ContainKey("dotnet_thread_pool_queue_length").WithValue("gauge"));
        Assert.That(metrics.Types, Does.ContainKey("kestrel_active_connections").WithValue("gauge"));
        Assert.That(metrics.Types.Keys, Has.None.StartsWith("aspnetcore_"));
        Assert.That(metrics.Series.Keys, Has.Some.Contains("http_route=\"/health/ready\"").And.None.Contains("http_route=\"/metrics\""));
    }

    [Test]
    public async Task Buckets_grow_to_the_count_and_end_in_infinity()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        await owner.UpsertAsync(Sample.Contact(await ServiceUnderTest.A.AddClientAsync(), "C1"));

        var metrics = await MetricsText.ReadAsync();
        var histograms = metrics.Series.Where(sample => sample.Key.Contains("_bucket{", StringComparison.Ordinal))
            .GroupBy(sample => Regex.Replace(sample.Key, ",?le=\"[^\"]*\"", "").Replace("_bucket{", "_count{", StringComparison.Ordinal).Replace("{}", "", StringComparison.Ordinal))
            .ToArray();
        Assert.That(histograms, Has.Length.GreaterThan(3));
        using (Assert.EnterMultipleScope())
        {
            foreach (var histogram in histograms)
            {
                Assert.That(histogram.Select(bucket => bucket.Value), Is.Ordered, histogram.Key);
                Assert.That(histogram.Last().Key, Does.Contain("le=\"+Inf\""), histogram.Key);
                Assert.That(histogram.Last().Value, Is.EqualTo(metrics[histogram.Key]), histogram.Key);
            }
        }
    }

    [Test]
    public async Task Scrapes_at_once_are_each_whole()
    {
        var texts = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => MetricsText.ReadAsync()));

        Assert.That(texts.Select(text => text.Series.ContainsKey("crmimport_audit_dropped_total{reason=\"lost\"}")), Is.All.True);
    }

    [Test]
    public async Task Two_services_in_one_process_count_apart()
    {
        var database = ServiceUnderTest.B;
        await using var other = new OtherService(database);
        other.UseKestrel(0);
        other.StartServer();
        await ApiClient.LogInAsync(ServiceUnderTest.A.Name, await ServiceUnderTest.A.AddOperatorAsync());
        var otherClient = new ApiClient(url: other.ClientOptions.BaseAddress);
        (await otherClient.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK);

        var metrics = await MetricsText.ReadAsync(new ApiClient(ServiceUnderTest.Metrics.AccessToken, other.ClientOptions.BaseAddress));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(metrics.Series, Does.ContainKey("crmimport_logins_total{outcome=\"success\"}").WithValue(0));
            Assert.That(metrics.Series, Does.ContainKey($"crmimport_contacts_total{{database=\"{database.Name}\",outcome=\"created\"}}").WithValue(0), "before the first");
            Assert.That(metrics.Series.Keys, Has.Some.Contains("http_route=\"/health/live\"").And.None.Contains("http_route=\"/api/v1/auth/login\""));
            Assert.That(metrics.Series.Keys.Where(name => name.StartsWith("crmimport_database_up", StringComparison.Ordinal)), Is.EqualTo(new[] { $"crmimport_database_up{{database=\"{database.Name}\"}}" }));
        }
    }

    [Test]
    public async Task Labels_hold_nothing_of_the_callers()
    {
        var marker = $"M{Guid.NewGuid():N}";
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var clientRef = await ServiceUnderTest.A.AddClientAsync();
        await owner.UpsertAsync(Sample.Contact(clientRef, marker).With("surname", marker), ("Idempotency-Key", marker));
        await owner.ReadAsync(marker, marker);
        await owner.GetAsync($"/{marker}?{marker}={marker}", ("x-database", marker), ("User-Agent", marker));
        await owner.SendAsync(new HttpMethod(marker), "/health/live", null);
        await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", $$"""{"op_id":"{{marker}}","op_password":"{{marker}}"}""", ("x-database", marker));

        var answer = await ServiceUnderTest.Metrics.GetAsync("/metrics");
        var codes = Regex.Matches(answer.Body, "^crmimport_refusals_total{code=\"(.*)\"}", RegexOptions.Multiline).Select(match => match.Groups[1].Value);
        Assert.That(answer.Body, Does.Not.Contain(marker).IgnoreCase.And.Not.Contain(clientRef).And.Not.Contain("Password="));
        Assert.That(codes, Is.Not.Empty.And.SubsetOf(ApiErrors.All.Select(error => error.Code)));
    }

    private sealed class OtherService(TestDatabase database) : WebApplicationFactory<Program>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder) =>
            builder.UseEnvironment("Production").UseSetting("Logging:LogLevel:Default", "None").UseSetting("Telemetry:MetricsToken", ServiceUnderTest.Metrics.AccessToken!).UseSetting($"Databases:{database.Name}", database.ConnectionString);
    }
}
