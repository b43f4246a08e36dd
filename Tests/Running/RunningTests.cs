using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Startup;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Tests.Running;

/// <summary>The program as it is started, killed, started again and stopped.</summary>
public sealed class RunningTests
{
    private readonly string directory = ServiceProcess.NewDirectory();

    [TearDown]
    public void RemoveDirectory()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task The_lines_it_prints_paste_into_a_shell_and_are_the_readmes()
    {
        var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;
        var lines = QuickStart.Lines(url.ToString().TrimEnd('/'), SampleContact.Json);

        var imported = await ServiceProcess.RunAsync(new Dictionary<string, string>(), "own\n", "import", "contacts.csv", "--account", "OWN", "--database", "cv_demodb", "--to", $"{url}");
        var pasted = await ShellAsync(lines);

        var readme = await File.ReadAllTextAsync(Path.Combine(ServiceProcess.Root, "README.md"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(service.Output, Does.Contain(lines));
            Assert.That($"{imported.ExitCode} {imported.Output} {imported.Errors}", Does.StartWith("0 import").And.Contain("4 created"));
            Assert.That(pasted, Does.Contain("HTTP/1.1 200 OK").And.Contain("""{"result":"success","result_msg":""}""").And.Contain("X-Outcome: created"));
            Assert.That(pasted, Does.Contain("\"surname\":\"Test\"").And.Contain("""{"locationRef":"10174","isPreferred":true,"startDate":"2019-07-09","endDate":"2019-12-18","usageTypeId":1}"""));
            Assert.That(readme, Does.Contain(QuickStart.Lines("http://localhost:8080", SampleContact.Json)));
        }
    }

    [Test]
    public async Task As_a_demo_it_needs_no_database_and_takes_plain_HTTP_unless_told_otherwise()
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Production", ["Demo"] = "true", ["Embedded__Directory"] = directory });
        var client = new ApiClient(url: await service.ListeningAsync());

        (await client.PostAsync("/api/v1/auth/login", TestSession.Credentials("OWN", "own"), ("x-database", "cv_demodb"))).ShouldBe(HttpStatusCode.OK);
        Assert.That(service.Output, Does.Contain("Not for real data"));
    }

    [TestCase("true", "", false)]
    [TestCase("true", "true", true)]
    [TestCase("false", "", true)]
    public void A_demo_changes_the_default_of_HTTPS_only(string demo, string required, bool isRequired)
    {
        var settings = new ConfigurationManager();
        settings.AddJsonFile(Path.Combine(ServiceProcess.Root, "appsettings.json"));
        settings.AddInMemoryCollection([new("Demo", demo), .. required.Length > 0 ? [new KeyValuePair<string, string?>("Https:Required", required)] : Array.Empty<KeyValuePair<string, string?>>()]);
        DemoMode.AddTo(settings);
        Assert.That(settings["Https:Required"], Is.EqualTo(isRequired ? "true" : "false").IgnoreCase);
    }

    [Test]
    public async Task In_development_the_root_leads_to_a_page_whose_login_is_filled_in_and_works()
    {
        var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;
        var client = new ApiClient(url: url);

        var page = (await client.GetAsync("/")).ShouldBe(HttpStatusCode.OK); // after two redirects, to /docs and to its index.html
        var document = (await client.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Json;
        var (login, database) = (document["paths"]!["/api/v1/auth/login"]!["post"]!, document["components"]!["parameters"]!["XDatabase"]!["example"]);

        Assert.That(page.Header("Content-Type"), Does.StartWith("text/html"));
        (await client.PostAsync("/api/v1/auth/login", login["requestBody"]!["content"]!["application/json"]!["example"]!, ("x-database", $"{database}"))).ShouldBe(HttpStatusCode.OK);
        Assert.That($"{login["parameters"]![0]!["$ref"]}", Is.EqualTo("#/components/parameters/XDatabase"));
    }

    [Test]
    public async Task A_killed_service_finds_its_database_again_with_all_it_acknowledged()
    {
        var (killed, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using (killed)
        {
            await ShellAsync(QuickStart.Lines(url.ToString().TrimEnd('/'), SampleContact.Json));
            ServiceProcess.Signal("KILL", killed.Id);
            await killed.ExitCodeAsync();
        }

        var postmaster = ServiceProcess.Postmaster(directory);
        var (service, second) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;
        var replayed = await ShellAsync(QuickStart.Lines(second.ToString().TrimEnd('/'), SampleContact.Json));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(replayed, Does.Contain("X-Outcome: unchanged"));
            Assert.That(ServiceProcess.Postmaster(directory), Is.EqualTo(postmaster), "the server that was left running");
        }
    }

    [Test]
    public async Task A_killed_database_comes_back_under_the_running_service_with_all_it_acknowledged()
    {
        var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;
        await ShellAsync(QuickStart.Lines(url.ToString().TrimEnd('/'), SampleContact.Json));

        await ServiceProcess.KillPostmasterAsync(directory);
        await ServiceProcess.UntilAsync(() => new ApiClient(url: url).GetAsync("/health/ready"), HttpStatusCode.OK);
        var replayed = await ShellAsync(QuickStart.Lines(url.ToString().TrimEnd('/'), SampleContact.Json));

        Assert.That(replayed, Does.Contain("X-Outcome: unchanged"));
    }

    [Test]
    public async Task A_second_service_on_the_same_database_is_refused_in_one_sentence()
    {
        var (service, _) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var first = service;

        await using var second = ServiceProcess.Start(new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Embedded__Directory"] = directory });

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await second.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(second.Errors, Does.Contain(directory).And.Contain("Embedded__Directory"));
            Assert.That(second.Errors.Split('\n'), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public async Task A_terminated_service_stops_its_database_and_exits_0()
    {
        var (service, _) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var stopped = service;
        ServiceProcess.Signal("TERM", service.Id);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.Zero, service.Errors);
            Assert.That(File.Exists(Path.Combine(directory, "cluster", "postmaster.pid")), Is.False);
        }
    }

    [Test]
    public async Task A_stopping_service_is_not_ready_and_answers_until_its_delay_is_over()
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { ["Databases__cv_only"] = ServiceUnderTest.A.ConnectionString, ["Shutdown__DelaySeconds"] = "4" });
        var client = new ApiClient(url: await service.ListeningAsync());
        var before = await ServiceProcess.UntilAsync(() => client.GetAsync("/health/ready"), HttpStatusCode.OK);

        ServiceProcess.Signal("TERM", service.Id);
        var unready = await ServiceProcess.UntilAsync(() => client.GetAsync("/health/ready"), HttpStatusCode.ServiceUnavailable);
        var answer = await client.GetAsync("/api/v1/contacts");

        using (Assert.EnterMultipleScope())
        {
            unready.ShouldFail(503, "stopping");
            answer.ShouldFail(401, "not_authenticated");
            Assert.That((before.Header("Connection"), answer.Header("Connection")), Is.EqualTo(("", "close")));
            Assert.That(await service.ExitCodeAsync(), Is.Zero, service.Errors);
            Assert.That(service.Output, Does.Contain("CrmImport is stopping").And.Contain("CrmImport has stopped"));
        }
    }

    [Test]
    public async Task A_database_that_goes_away_is_a_503_to_come_back_after_and_one_that_returns_needs_no_restart()
    {
        var server = await StartServerAsync();
        await server.CreateDatabasesAsync(["cv_only"], CancellationToken.None);
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { ["Databases__cv_only"] = server.ConnectionString("cv_only") });
        var client = new ApiClient(url: await service.ListeningAsync());
        await ServiceProcess.UntilAsync(() => client.GetAsync("/health/ready"), HttpStatusCode.OK);

        await server.DisposeAsync();
        var away = await client.PostAsync("/api/v1/auth/login", """{"op_id":"OWN","op_password":"own"}""");
        var unready = await client.GetAsync("/health/ready");
        await using var again = await StartServerAsync();
        var back = await ServiceProcess.UntilAsync(() => client.PostAsync("/api/v1/auth/login", """{"op_id":"OWN","op_password":"own"}"""), HttpStatusCode.Unauthorized);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(away.ShouldFail(503, "database_unavailable").Header("Retry-After"), Is.EqualTo("2"));
            unready.ShouldFail(503, "database_unavailable");
            back.ShouldFail(401, "bad_credentials"); // nothing demo outside development
        }

        Task<EmbeddedPostgres> StartServerAsync() =>
            EmbeddedPostgres.StartAsync(new EmbeddedPostgresOptions { Directory = directory, Durable = false }, ServiceProcess.Root, NullLogger.Instance, CancellationToken.None);
    }

    [Test]
    public async Task A_log_in_at_one_replica_ends_the_session_at_another_and_a_new_list_item_counts_at_once()
    {
        var database = ServiceUnderTest.A;
        var settings = new Dictionary<string, string> { [$"Databases__{database.Name}"] = database.ConnectionString };
        await using var one = ServiceProcess.Start(settings);
        await using var other = ServiceProcess.Start(settings);
        var (first, second) = (await one.ListeningAsync(), await other.ListeningAsync());
        var opId = await database.AddOperatorAsync(level: 10);
        var clientRef = await database.AddClientAsync();
        var session = await ApiClient.LogInAsync(database.Name, opId, first);
        (await new ApiClient(session.AccessToken, second).UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);

        await database.ExecuteAsync("insert into list_item (list, id, name, rank) values ('contacttype', 4711, 'New', 99) on conflict do nothing");
        (await new ApiClient(session.AccessToken, second).UpsertAsync(Sample.Contact(clientRef, "C1").With("contact1Type", 4711))).ShouldBe(HttpStatusCode.OK);
        await ApiClient.LogInAsync(database.Name, opId, first);

        (await session.GetAsync($"/api/v1/clients/{clientRef}")).ShouldFail(401, "not_authenticated");
        await ServiceProcess.UntilAsync(() => new ApiClient(session.AccessToken, second).GetAsync($"/api/v1/clients/{clientRef}"), HttpStatusCode.Unauthorized);
    }

    [Test]
    public async Task A_key_revoked_and_an_account_deactivated_are_refused_at_every_replica_long_before_anything_remembered_ends()
    {
        var database = ServiceUnderTest.A;
        var settings = new Dictionary<string, string> { [$"Databases__{database.Name}"] = database.ConnectionString };
        var open = await database.AddKeyAsync();
        await using var other = ServiceProcess.Start(settings);
        var url = await other.ListeningAsync();
        var (revoked, deactivated, opId) = (await database.AddKeyAsync(), await database.AddKeyAsync(), await database.AddAccountAsync("api", level: 10));
        (string, string)[] basic = [("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{opId}:{TestDatabase.Password}"))}")];
        (string, string)[][] credentials = [revoked.Ticket, deactivated.Ticket, basic];
        foreach (var headers in credentials)
        {
            (await new ApiClient(url: url).GetAsync("/api/v1/audit?size=1", headers)).ShouldBe(HttpStatusCode.OK); // one database: Basic needs no header
        }

        var since = Stopwatch.StartNew();
        await database.ExecuteAsync(
            """
            update access_key set revoked_at = now(), revoked_by = 'test' where key_id = @KeyId;
            update endpoint set active = false where endpoint_id = @EndpointId;
            update account set active = false where op_id = @opId
            """,
            new { revoked.KeyId, deactivated.EndpointId, opId });
        foreach (var headers in credentials)
        {
            await ServiceProcess.UntilAsync(() => new ApiClient(url: url).GetAsync("/api/v1/audit?size=1", headers), HttpStatusCode.Unauthorized);
        }

        Assert.That(since.Elapsed, Is.LessThan(TimeSpan.FromSeconds(30))); // a password is remembered for 60, a key for good; heard within 3, on a machine that is not busy
        Assert.That(other.Output, Does.Contain($"endpoint {open.EndpointId} has no allowed addresses"));
    }

    private static IEnumerable<TestCaseData> BrokenSettings()
    {
        yield return Case("no database", [], "No database is configured: set Databases__cv_masterdb");
        yield return Case("a name of no database", new() { ["Databases__master"] = "Host=x" }, "Databases:master is not a valid database name");
        yield return Case("no connection string", new() { ["Databases__cv_a"] = "nonsense" }, "Databases:cv_a is not a valid connection string");
        yield return Case("an unknown key", new() { ["Auth__AcessTokenMinutes"] = "5" }, "AcessTokenMinutes");
        yield return Case("a value out of range", new() { ["Auth__PasswordIterations"] = "1000" }, "PasswordIterations");
        yield return Case("a value of the wrong type", new() { ["Limits__BodyBytes"] = "many" }, "Limits:BodyBytes");
        yield return Case("a secret's file that is not there", new() { ["Databases__cv_a__File"] = "/nowhere/secret" }, "/nowhere/secret");

        static TestCaseData Case(string what, Dictionary<string, string> settings, string words) => new TestCaseData(settings, words).SetArgDisplayNames(what);
    }

    [Test]
    public async Task The_check_of_the_configuration_says_all_that_is_wrong_by_its_key()
    {
        await using var wrong = ServiceProcess.Start(
            new Dictionary<string, string> { ["Databases__master"] = "Host=x", ["Auth__PasswordIterations"] = "1000", ["Limits__BodyBytes"] = "many", ["Proxies__Trusted__0"] = "10.0.0.0/99", ["Queries"] = "3", ["Shutdown__DelaySeconds__x"] = "5" }, "--check-config");
        await using var right = ServiceProcess.Start(new Dictionary<string, string> { ["Databases__cv_a"] = "Host=/nowhere" }, "--check-config");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await wrong.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(wrong.Errors.Split('\n'), Has.Length.EqualTo(6), wrong.Errors);
            Assert.That(wrong.Errors, Does.Contain("Databases:master").And.Contain("PasswordIterations").And.Contain("Limits:BodyBytes").And.Contain("Proxies:Trusted").And.Contain("Queries is a section").And.Contain("Shutdown:DelaySeconds:x"));
            Assert.That(await right.ExitCodeAsync(), Is.Zero);
            Assert.That(right.Output, Does.Contain("valid"));
        }
    }

    [Test]
    public async Task The_check_connects_to_the_databases_where_it_is_asked_to()
    {
        var settings = new Dictionary<string, string> { ["Databases__cv_a"] = ServiceUnderTest.A.ConnectionString };
        await using var right = ServiceProcess.Start(settings, "--check-config", "--connect");
        await using var wrong = ServiceProcess.Start(new Dictionary<string, string>(settings) { ["Databases__cv_b"] = "Host=/nowhere" }, "--check-config", "--connect");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await right.ExitCodeAsync(), Is.Zero, right.Errors);
            Assert.That(await wrong.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(wrong.Errors, Does.StartWith("Databases:cv_b cannot be reached: "));
            Assert.That(wrong.Errors.Split('\n'), Has.Length.EqualTo(1));
        }
    }

    [Test]
    public Task A_database_that_its_server_does_not_have_stops_the_start() => Broken_configuration_stops_the_start_with_one_sentence(
        new() { ["Databases__cv_a"] = new NpgsqlConnectionStringBuilder(ServiceUnderTest.A.ConnectionString) { Database = "cv_nosuchdatabase" }.ToString() },
        "Database cv_a cannot be prepared");

    [TestCaseSource(nameof(BrokenSettings))]
    public async Task Broken_configuration_stops_the_start_with_one_sentence(Dictionary<string, string> settings, string words)
    {
        await using var service = ServiceProcess.Start(settings);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(service.Errors, Does.Contain(words));
            Assert.That(service.Errors.Split('\n'), Has.Length.EqualTo(1), service.Errors);
            Assert.That(service.Output, Does.Not.Contain("   at "));
        }
    }

    [Test]
    public async Task A_port_in_use_is_told_in_one_sentence()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var service = ServiceProcess.Start(
            new Dictionary<string, string> { ["Databases__cv_a"] = await ServiceUnderTest.CreateDatabaseAsync(NewName()) }, "--urls", $"http://{taken.LocalEndpoint}");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(service.Errors, Does.Contain("address already in use").And.Contain("--urls"));
        }
    }

    [Test]
    public async Task Migrations_run_at_once_by_several_are_applied_once()
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, await ServiceUnderTest.CreateDatabaseAsync(NewName()) + "\n");
        var settings = new Dictionary<string, string> { ["Databases__cv_a__File"] = file };
        ServiceProcess[] all = [ServiceProcess.Start(settings, "migrate"), ServiceProcess.Start(settings, "migrate")];

        var codes = await Task.WhenAll(all.Select(service => service.ExitCodeAsync()));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(codes, Is.All.Zero, string.Join('\n', all.Select(service => service.Errors)));
            Assert.That(all.Select(service => service.Output), Is.All.Contains("cv_a is up to date"));
            Assert.That(all.SelectMany(service => service.Output.Split('\n')).Where(line => line.Contains("applied migration 001", StringComparison.Ordinal)).ToArray(), Has.Length.EqualTo(1));
        }

        File.Delete(file);
    }

    [Test]
    public async Task Help_names_the_commands()
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>(), "--help");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.Zero);
            Assert.That(service.Output, Does.Contain("migrate").And.Contain("health"));
        }
    }

    [Test]
    public async Task A_mistyped_command_is_told_and_does_not_serve()
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>(), "migrat");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.EqualTo(2));
            Assert.That(service.Errors, Does.StartWith("Unknown command migrat; the commands are ").And.Contain("migrate"));
        }
    }

    [Test]
    public async Task The_health_command_tells_a_ready_service_from_none()
    {
        await using var ready = ServiceProcess.Start(new Dictionary<string, string>(), "health", "--url", ServiceUnderTest.Url.ToString());
        await using var none = ServiceProcess.Start(new Dictionary<string, string>(), "health", "--url", "http://127.0.0.1:9");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ready.ExitCodeAsync(), Is.Zero, ready.Errors);
            Assert.That(await none.ExitCodeAsync(), Is.EqualTo(1));
            Assert.That(none.Errors, Does.Contain("does not respond"));
        }
    }

    private static string NewName() => $"cv_{Guid.NewGuid():N}"[..20];

    private static async Task<string> ShellAsync(string script)
    {
        var start = new ProcessStartInfo("bash") { RedirectStandardInput = true, RedirectStandardOutput = true };
        using var shell = Process.Start(start)!;
        await shell.StandardInput.WriteAsync(script);
        shell.StandardInput.Close();
        return await shell.StandardOutput.ReadToEndAsync();
    }
}
