using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;
using Dapper;
using Npgsql;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>Many single upserts that share batches: what is acknowledged is stored and audited once, whatever happens to the batch.</summary>
public sealed class GroupCommitTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_row_that_the_database_refuses_harms_nobody_in_its_batch()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var poison = TestDatabase.Unique("poison");
        await Database.ExecuteAsync($"alter table contact add constraint \"{poison}\" check (surname <> '{poison}')");

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i =>
            owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}").With("surname", i % 20 == 7 ? poison : "good"))));

        await Database.ExecuteAsync($"alter table contact drop constraint \"{poison}\"");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Where((_, i) => i % 20 != 7).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK));
            foreach (var refused in answers.Where((_, i) => i % 20 == 7))
            {
                refused.ShouldFail(500, "internal");
            }

            Assert.That(await Database.QueryAsync<int>("select count(*) from contact where client_ref = @ClientRef", new { ClientRef = clientRef }), Is.EqualTo(57));
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(57));
        }
    }

    [Test]
    public async Task Sixty_four_writers_on_three_contacts_all_succeed_and_every_change_is_audited()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async writer =>
        {
            var outcomes = new List<string>();
            for (var i = 0; i < 5; i++)
            {
                var answer = await owner.UpsertAsync(Sample.Contact(clientRef, $"C{(writer + i) % 3}").With("surname", $"{writer} {i}"));
                outcomes.Add(answer.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"));
            }

            return outcomes;
        }));

        var changes = answers.SelectMany(outcomes => outcomes).Count(outcome => outcome != "unchanged");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(changes));
            Assert.That(await Database.QueryAsync<int>("select sum(version) from contact where client_ref = @ClientRef", new { ClientRef = clientRef }), Is.EqualTo(changes));
        }
    }

    [Test]
    public async Task A_caller_who_goes_away_neither_stops_nor_halves_a_batch()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        using var http = new HttpClient();
        http.DefaultRequestHeaders.Authorization = new("Bearer", owner.AccessToken);

        await Task.WhenAll(Enumerable.Range(0, 100).Select(async i =>
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(i));
            using var body = new StringContent(Sample.Contact(clientRef, $"gone{i}", "L1", isPreferred: false).ToJsonString(), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
            try
            {
                await http.PostAsync(new Uri(ServiceUnderTest.Url, "/rest/contact/contact"), body, patience.Token);
            }
            catch (OperationCanceledException)
            {
            }
        }).Concat(Enumerable.Range(0, 50).Select(async i => (await owner.UpsertAsync(Sample.Contact(clientRef, $"stays{i}"))).ShouldBe(HttpStatusCode.OK))));

        // The last of them is behind all others of its client's in the queue: once it is answered, they are written.
        (await owner.UpsertAsync(Sample.Contact(clientRef, "last"))).ShouldBe(HttpStatusCode.OK);
        var halves = await Database.QueryAsync<int>(
            """
            select count(*) from contact c
            where client_ref = @ClientRef and contact_ref like 'gone%'
                and (select count(*) from contact_location where client_ref = c.client_ref and contact_ref = c.contact_ref) <> 1
                or client_ref = @ClientRef and (select count(*) from audit_entry where client_ref = c.client_ref and contact_ref = c.contact_ref) <> 1
            """,
            new { ClientRef = clientRef });
        Assert.That(halves, Is.Zero);
    }

    [TestCase("KILL", true)]
    [TestCase("TERM", false)]
    public async Task What_was_acknowledged_survives(string signal, bool isDatabase)
    {
        var directory = ServiceProcess.NewDirectory();
        try
        {
            var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
            var load = new Load(await LogInAsync(url));
            await using (service)
            {
                var writing = load.RunAsync();
                await load.ReachAsync(200);
                ServiceProcess.Signal(signal, isDatabase ? ServiceProcess.Postmaster(directory) : service.Id);
                if (isDatabase)
                {
                    await ServiceProcess.UntilAsync(() => new ApiClient(url: url).GetAsync("/health/ready"), HttpStatusCode.OK);
                    await load.ReachAsync(load.Acknowledged.Count + 200);
                    load.Stop();
                }
                else
                {
                    Assert.That(await service.ExitCodeAsync(), Is.Zero, service.Errors);
                    load.Stop();
                }

                await writing;
            }

            var (again, second) = await ServiceProcess.StartDevelopmentAsync(directory);
            await using var _ = again;
            await load.ShouldBeStoredOnceAsync(await LogInAsync(second));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task A_full_queue_refuses_is_not_ready_and_stores_what_it_took()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var clientRef = await database.AddClientAsync();
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { [$"Databases__{database.Name}"] = database.ConnectionString, ["Writes__QueueRows"] = "2" });
        var url = await service.ListeningAsync();
        var (client, anybody) = (new ApiClient((await database.OwnerAsync()).AccessToken, url), new ApiClient(url: url));
        (await client.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        await ServiceProcess.UntilAsync(() => anybody.GetAsync("/health/ready"), HttpStatusCode.OK);

        Task<ApiAnswer>[] held;
        await using (var connection = new NpgsqlConnection(database.ConnectionString))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await connection.ExecuteAsync("select from contact where client_ref = @clientRef for update", new { clientRef });
            held = [.. Enumerable.Range(0, 2).Select(i => client.UpsertAsync(Sample.Contact(clientRef, "C1").With("surname", $"S{i}")))];
            (await ServiceProcess.UntilAsync(() => anybody.GetAsync("/health/ready"), HttpStatusCode.ServiceUnavailable)).ShouldFail(503, "database_unavailable");
            var refused = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => client.UpsertAsync(Sample.Contact(clientRef, $"R{i}"))));
            Assert.That(refused.Select(answer => answer.ShouldFail(503, "queue_full").Header("Retry-After")), Is.All.EqualTo("1"));
        }

        Assert.That((await Task.WhenAll(held)).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK));
        var stored = (await client.GetAsync($"/api/v1/clients/{clientRef}/contacts")).Json["items"]!.AsArray();
        Assert.That(stored.Select(contact => contact!["surname"]!.GetValue<string>()), Is.EqualTo(new[] { "S0" }).Or.EqualTo(new[] { "S1" }));
        await ServiceProcess.UntilAsync(() => anybody.GetAsync("/health/ready"), HttpStatusCode.OK);
    }

    private static async Task<ApiClient> LogInAsync(Uri url)
    {
        var answer = await new ApiClient(url: url).PostAsync("/api/v1/auth/login", """{"op_id":"OWN","op_password":"own"}""", ("x-database", "cv_demodb"));
        return new ApiClient(answer.ShouldBe(HttpStatusCode.OK).Json["result"]!["access_token"]!.GetValue<string>(), url);
    }

    /// <summary>Sixteen writers of new contacts, who remember what was acknowledged and go on through any failure.</summary>
    private sealed class Load(ApiClient client)
    {
        private volatile bool isStopped;
        private int serial;

        public System.Collections.Concurrent.ConcurrentBag<string> Acknowledged { get; } = [];

        public Task RunAsync() => Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(WriteAsync)));

        public void Stop() => isStopped = true;

        public async Task ReachAsync(int count)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
            while (Acknowledged.Count < count)
            {
                await timer.WaitForNextTickAsync();
            }
        }

        public async Task ShouldBeStoredOnceAsync(ApiClient reader)
        {
            var entries = new List<JsonNode?>();
            for (var position = 0; ; position += 1000)
            {
                var page = (await reader.GetAsync($"/api/v1/audit?status=2xx&clientRef=29&size=1000&position={position}")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray();
                entries.AddRange(page);
                if (page.Count == 0)
                {
                    break;
                }
            }

            var total = (await reader.GetAsync("/api/v1/clients/29")).ShouldBe(HttpStatusCode.OK).Data["contactsTotal"]!.GetValue<int>();
            var audited = entries.FindAll(entry => $"{entry!["recordType"]}" == "contact").ConvertAll(entry => entry!["contactRef"]!.GetValue<string>());
            using (Assert.EnterMultipleScope())
            {
                Assert.That(Acknowledged.Except(audited), Is.Empty, "acknowledged but not audited");
                Assert.That(audited, Is.Unique, "audited twice");
                Assert.That(total, Is.EqualTo(audited.Count), "stored is audited");
            }
        }

        private async Task WriteAsync()
        {
            while (!isStopped)
            {
                var contactRef = $"W{Interlocked.Increment(ref serial)}";
                try
                {
                    if ((await client.UpsertAsync(Sample.Contact("29", contactRef))).Status == HttpStatusCode.OK)
                    {
                        Acknowledged.Add(contactRef);
                    }
                }
                catch (HttpRequestException)
                {
                    // Not acknowledged: it may be stored or not.
                }
            }
        }
    }
}
