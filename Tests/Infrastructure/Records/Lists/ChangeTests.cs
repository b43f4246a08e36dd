using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary><c>updatedSince</c>: what was changed, each version once, none passed by, whoever writes at the same time.</summary>
public sealed class ChangeTests
{
    private const string Begin = "2020-01-01";

    [Test]
    public async Task Each_change_is_reported_once_as_the_record_is_now_archived_or_not()
    {
        var (database, owner, clientRef) = await PrepareAsync();
        foreach (var contactRef in new[] { "b", "a", "c" })
        {
            await UpsertAsync(owner, clientRef, contactRef, "1");
        }

        var path = "/api/v1/contacts";
        var (first, cursor) = await FollowAsync(owner, path, Begin, least: 3);
        Assert.That(first, Is.EqualTo(new[] { "b 1", "a 1", "c 1" }));
        Assert.That((await FollowAsync(owner, path, cursor)).Changes, Is.Empty);

        await UpsertAsync(owner, clientRef, "a", "2");
        await UpsertAsync(owner, clientRef, "a", "3");
        await UpsertAsync(owner, clientRef, "b", "1"); // changes nothing
        (await owner.PostAsync($"/api/v1/clients/{clientRef}/contacts/c/archive", "{}")).ShouldBe(HttpStatusCode.OK);
        var archived = await PageAsync(owner, $"{path}?updatedSince={cursor}&$select=contactRef,archivedAt", least: 2);
        (first, cursor) = await FollowAsync(owner, path, cursor, least: 2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(first, Is.EqualTo(new[] { "a 3", "c 2" }));
            Assert.That(archived["items"]!.AsArray().Select(item => item!["archivedAt"] is not null), Is.EqualTo(new[] { false, true }));
            Assert.That(archived.Select(member => member.Key), Is.EqualTo(new[] { "result", "result_msg", "size", "next", "hasMore", "items" }));
            Assert.That((await FollowAsync(owner, $"/api/v1/clients/{clientRef}/contacts", Begin, size: 1, least: 3)).Changes, Is.EqualTo(new[] { "b 1", "a 3", "c 2" }));
            Assert.That((await FollowAsync(owner, path, DateTime.UtcNow.AddHours(1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture))).Changes, Is.Empty);
        }
    }

    [Test]
    public async Task Records_of_an_archived_client_are_followed_on_and_a_full_last_page_says_so()
    {
        var (_, owner, clientRef) = await PrepareAsync();
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L", new JsonObject { ["name"] = "L" })).ShouldBe(HttpStatusCode.Created);
        var first = await PageAsync(owner, $"/api/v1/clients/{clientRef}/locations?updatedSince={Begin}&size=1", 1);
        Assert.That($"{first["items"]!.AsArray().Count} {first["hasMore"]}", Is.EqualTo("1 false"));

        (await owner.PostAsync($"/api/v1/clients/{clientRef}/archive", "{}")).ShouldBe(HttpStatusCode.OK);
        foreach (var records in new[] { "locations", "contacts" })
        {
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}/{records}?updatedSince={first["next"]}")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray(), Is.Empty);
        }
    }

    [Test]
    public async Task A_time_begins_with_the_first_change_after_it_however_many_came_before()
    {
        var (database, owner, clientRef) = await PrepareAsync();
        for (var i = 0; i < 40; i++)
        {
            await UpsertAsync(owner, clientRef, $"c{i}", "1");
        }

        await FollowAsync(owner, "/api/v1/contacts", Begin, least: 40); // no older transaction is under way any more

        // An entry a day, the newest today; each was written in a transaction of its own.
        await database.ExecuteAsync("update audit_entry e set at = now() - interval '1 day' * (select count(*) from audit_entry later where later.id > e.id)");
        foreach (var days in new[] { 0, 1, 2, 7, 8, 39, 40, 45, 10_000 })
        {
            var since = DateTime.UtcNow.AddDays(-days).AddHours(-1).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
            var expected = Enumerable.Range(0, 40).Skip(39 - days).Select(i => $"c{i} 1");
            Assert.That((await FollowAsync(owner, "/api/v1/contacts", since, size: 7, least: Math.Min(days + 1, 40))).Changes, Is.EqualTo(expected), $"{days}");
        }
    }

    [Test]
    public async Task The_demo_data_is_reported_like_any_other()
    {
        var demo = await (await ServiceUnderTest.AddDatabaseAsync()).OwnerAsync();
        Assert.That(Refs(await PageAsync(demo, "/api/v1/clients?updatedSince=0001-01-01", 1), "clientRef"), Is.EqualTo(new[] { "29" }));
        Assert.That(Refs(await PageAsync(demo, "/api/v1/clients/29/locations?updatedSince=0001-01-01", 1), "locationRef"), Is.EqualTo(new[] { "10174" }));
    }

    [Test]
    public async Task Clients_and_locations_are_followed_too()
    {
        var (_, owner, clientRef) = await PrepareAsync();
        (await owner.PutAsync($"/api/v1/clients/{clientRef}x", new JsonObject { ["name"] = "New" })).ShouldBe(HttpStatusCode.Created);
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L", new JsonObject { ["name"] = "L" })).ShouldBe(HttpStatusCode.Created);
        var clients = await PageAsync(owner, $"/api/v1/clients?updatedSince={Begin}", 2);
        var locations = await PageAsync(owner, $"/api/v1/clients/{clientRef}/locations?updatedSince={Begin}", 1);

        (await owner.PatchAsync($"/api/v1/clients/{clientRef}/locations/L", """{"name":"M"}""")).ShouldBe(HttpStatusCode.OK);

        Assert.That(Refs(clients, "clientRef"), Is.EqualTo(new[] { "29", $"{clientRef}x" }), "the demo's, and the new one");
        Assert.That(Refs(locations, "name"), Is.EqualTo(new[] { "L" }));
        Assert.That(Refs(await PageAsync(owner, $"/api/v1/clients/{clientRef}/locations?updatedSince={locations["next"]}", 1), "name"), Is.EqualTo(new[] { "M" }));
        Assert.That((await owner.GetAsync($"/api/v1/clients?updatedSince={clients["next"]}")).Json["items"]!.AsArray(), Is.Empty);
        (await owner.GetAsync($"/api/v1/clients/none/locations?updatedSince={Begin}")).ShouldFail(404, "client_not_found");
    }

    [Test]
    public async Task A_change_that_is_committed_late_is_not_passed_by()
    {
        var (database, owner, clientRef) = await PrepareAsync();
        await UpsertAsync(owner, clientRef, "late", "1");
        var (_, cursor) = await FollowAsync(owner, "/api/v1/contacts", Begin, least: 1);

        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var late = new NpgsqlCommand(
            """
            update contact set surname = '2', version = 2, updated_at = now() where contact_ref = 'late';
            insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, trace_id)
            values (now(), 't', 'human', '::1', 'PUT', '/', 200, 'updated', 'contact', $1, 'late', 't')
            """.Replace("$1", $"'{clientRef}'", StringComparison.Ordinal), connection, transaction))
        {
            await late.ExecuteNonQueryAsync();
        }

        await UpsertAsync(owner, clientRef, "early", "1");
        var (during, next) = await FollowAsync(owner, "/api/v1/contacts", cursor);
        await transaction.CommitAsync();
        var (after, _) = await FollowAsync(owner, "/api/v1/contacts", next, least: 2);

        Assert.That((string.Join(' ', during), string.Join(", ", after)), Is.EqualTo(("", "late 2, early 1")));
    }

    [Test]
    public async Task Beside_many_writers_nothing_is_missed_and_no_version_comes_twice()
    {
        var polls = int.TryParse(Environment.GetEnvironmentVariable("CRM_CHANGE_POLLS"), CultureInfo.InvariantCulture, out var asked) ? asked : 150;
        var (_, owner, clientRef) = await PrepareAsync();
        var written = new ConcurrentDictionary<string, long>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 16).Select(writer => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var contactRef = $"{(writer + i) % 40}"; // several writers at each contact
                var answer = await owner.UpsertAsync(Contact(clientRef, contactRef, $"{writer}-{i}"));
                answer.ShouldBe(HttpStatusCode.OK);
                written.AddOrUpdate(contactRef, long.Parse(answer.Header("ETag").Trim('"'), CultureInfo.InvariantCulture), (_, version) => Math.Max(version, long.Parse(answer.Header("ETag").Trim('"'), CultureInfo.InvariantCulture)));
            }
        })).ToArray();

        var (seen, twice, cursor) = (new Dictionary<string, long>(), new List<string>(), Begin);
        for (var poll = 0; poll < polls; poll++)
        {
            await PollAsync(size: 1 + (poll % 7));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        while (await PollAsync(size: 1000))
        {
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(twice, Is.Empty);
            Assert.That(seen, Is.EquivalentTo(written));
        }

        async Task<bool> PollAsync(int size)
        {
            var page = (await owner.GetAsync($"/api/v1/contacts?updatedSince={cursor}&size={size}")).ShouldBe(HttpStatusCode.OK).Json;
            cursor = $"{page["next"]}";
            foreach (var item in page["items"]!.AsArray())
            {
                var (contactRef, version) = ($"{item!["contactRef"]}", (long)item["version"]!);
                if (seen.GetValueOrDefault(contactRef) >= version)
                {
                    twice.Add($"{contactRef} {version}");
                }

                seen[contactRef] = version;
            }

            return page["items"]!.AsArray().Count > 0;
        }
    }

    [Test]
    public async Task A_cursor_of_another_database_or_of_a_history_that_is_gone_is_refused()
    {
        var (database, owner, clientRef) = await PrepareAsync();
        await UpsertAsync(owner, clientRef, "a", "1");
        var (_, cursor) = await FollowAsync(owner, "/api/v1/contacts", Begin);

        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"/api/v1/contacts?updatedSince={cursor}")).ShouldFail(410, "cursor_expired");

        // As a dump of a server that is far ahead leaves it.
        await database.ExecuteAsync("update audit_entry set xid = '123456789012'");
        await CrmImport.Infrastructure.Records.Lists.ChangeReader.SettleAsync(database.Tenant.Db, CancellationToken.None);
        (await owner.GetAsync($"/api/v1/contacts?updatedSince={cursor}")).ShouldFail(410, "cursor_expired");
        var (changes, next) = await FollowAsync(owner, "/api/v1/contacts", Begin);
        Assert.That(changes, Is.EqualTo(new[] { "a 1" }));

        await CrmImport.Infrastructure.Records.Lists.ChangeReader.SettleAsync(database.Tenant.Db, CancellationToken.None);
        (await owner.GetAsync($"/api/v1/contacts?updatedSince={next}")).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("updatedSince=yesterday", "updatedSince")]
    [TestCase("updatedSince=", "updatedSince")]
    [TestCase("updatedSince=%00", "updatedSince")]
    [TestCase("updatedSince=2020-01-01&updatedSince=2020-01-01", "updatedSince")]
    [TestCase("updatedSince=YS5iLmMuZA", "updatedSince")]
    [TestCase("updatedSince=2020-01-01&orderBy=surname", "orderBy")]
    [TestCase("updatedSince=2020-01-01&position=5", "position")]
    [TestCase("updatedSince=2020-01-01&$filter=version eq 1", "$filter")]
    [TestCase("updatedSince=2020-01-01&archived=true", "archived")]
    [TestCase("updatedSince=2020-01-01&size=0", "size")]
    public async Task A_wrong_cursor_or_what_cannot_go_with_one_is_refused(string query, string field) =>
        Assert.That((await (await ServiceUnderTest.A.OwnerAsync()).GetAsync($"/api/v1/contacts?{query}")).ShouldFail(400, "invalid_parameter").Problems, Does.Contain($"{field} invalid_parameter"));

    [Test]
    public async Task A_forged_cursor_breaks_nothing()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        foreach (var text in new[] { $"{Guid.NewGuid():N}.18446744073709551615.9223372036854775807.0", $"{Guid.NewGuid():N}.1.1.{long.MaxValue}", "x.1.1.1", $"{Guid.NewGuid():N}.1.1", $"{Guid.NewGuid():N}.-1.1.1" })
        {
            var answer = await owner.GetAsync($"/api/v1/contacts?updatedSince={Convert.ToBase64String(Encoding.ASCII.GetBytes(text)).TrimEnd('=')}");
            Assert.That((int)answer.Status, Is.AnyOf(400, 410), text);
        }
    }

    [Test]
    public async Task Lists_without_changes_know_no_such_parameter() =>
        (await (await ServiceUnderTest.A.OwnerAsync()).GetAsync($"/api/parties?updatedSince={Begin}")).ShouldFail(400, "invalid_parameter");

    private static async Task<(TestDatabase Database, ApiClient Owner, string ClientRef)> PrepareAsync()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        return (database, await database.OwnerAsync(), await database.AddClientAsync());
    }

    private static JsonObject Contact(string clientRef, string contactRef, string surname)
    {
        var contact = Sample.Contact(clientRef, contactRef);
        contact["surname"] = surname;
        contact.Remove("locations");
        return contact;
    }

    private static async Task UpsertAsync(ApiClient owner, string clientRef, string contactRef, string surname) =>
        (await owner.UpsertAsync(Contact(clientRef, contactRef, surname))).ShouldBe(HttpStatusCode.OK);

    // To the end; each record with its version.
    private static IEnumerable<string> Refs(JsonObject page, string name) => page["items"]!.AsArray().Select(item => $"{item![name]}");

    private static async Task<JsonObject> PageAsync(ApiClient owner, string path, int least)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var page = (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Json;
            if (page["items"]!.AsArray().Count >= least)
            {
                return page;
            }

            patience.Token.ThrowIfCancellationRequested();
        }
    }

    // What is committed is reported once no older transaction is under way on the server, those of other tests among them.
    private static async Task<(string[] Changes, string Cursor)> FollowAsync(ApiClient owner, string path, string cursor, int size = 100, int least = 0)
    {
        var changes = new List<string>();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        for (var hasMore = true; hasMore || changes.Count < least;)
        {
            var page = (await owner.GetAsync($"{path}?updatedSince={cursor}&size={size}")).ShouldBe(HttpStatusCode.OK).Json;
            changes.AddRange(page["items"]!.AsArray().Select(item => $"{item!["contactRef"]} {item["version"]}"));
            (cursor, hasMore) = ($"{page["next"]}", (bool)page["hasMore"]!);
            patience.Token.ThrowIfCancellationRequested();
        }

        return ([.. changes], cursor);
    }
}
