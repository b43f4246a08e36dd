using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts.ArchiveContact;

/// <summary>An archived contact is out of lists and reads, keeps its history, and comes back as it was.</summary>
public sealed class ArchiveContactTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_archived_contact_is_out_of_every_list_and_read_unless_asked_for()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2", "L2"))).ShouldBe(HttpStatusCode.OK);
        var id = await Database.QueryAsync<long>("select party_id from contact where client_ref = @clientRef and contact_ref = 'C1'", new { clientRef });

        var archived = (await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK);

        string[] reads = [path, $"/api/parties/{id}"];
        string[] lists =
        [
            $"/api/v1/contacts?$filter=clientRef eq '{clientRef}'", $"/api/v1/clients/{clientRef}/contacts?x", $"/api/v1/clients/{clientRef}/locations/L1/contacts?x",
            $"/api/parties?$filter=clientRef eq '{clientRef}'",
        ];
        using (Assert.EnterMultipleScope())
        {
            Assert.That(archived.Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That(archived.Header("ETag"), Is.EqualTo("\"2\""));
            Assert.That(archived.Data["archivedAt"]!.GetValue<DateTime>(), Is.EqualTo(archived.Data["updatedAt"]!.GetValue<DateTime>()));
            foreach (var read in reads)
            {
                Assert.That((await owner.GetAsync(read)).Text("result_msg"), Does.EndWith("archived=all"), read);
                (await owner.GetAsync($"{read}?archived=true")).ShouldBe(HttpStatusCode.OK);
                Assert.That((await owner.GetAsync($"{read}?archived=all")).ShouldBe(HttpStatusCode.OK).Body, Does.Contain("\"archivedAt\""));
            }

            foreach (var list in lists.Select(list => list.Replace("?x", "?", StringComparison.Ordinal)))
            {
                Assert.That(await RefsAsync(owner, $"{list}&archived=true"), Is.EqualTo("C1"), list);
                Assert.That(await RefsAsync(owner, list), Is.EqualTo(await RefsAsync(owner, $"{list}&archived=false")).And.Not.Contain("C1"), list);
                Assert.That(await RefsAsync(owner, $"{list}&archived=all"), Does.StartWith("C1"), list);
                (await owner.GetAsync($"{list}&archived=yes")).ShouldFail(400, "invalid_parameter");
            }

            Assert.That(await RefsAsync(owner, $"{lists[0]}%20and%20archivedAt%20isNotNull&archived=all"), Is.EqualTo("C1"));
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["contactsTotal"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}?archived=all")).Data["contactsTotal"]!.GetValue<int>(), Is.EqualTo(2));
        }
    }

    [Test]
    public async Task Restored_it_is_as_it_was_and_preferred_where_nobody_took_its_place()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);
        var before = (await owner.GetAsync(path)).Data;

        (await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await PreferredAsync(owner, clientRef, "L1")), Is.Null);
        var restored = (await owner.PostAsync($"{path}/restore", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Plain(restored.Data), Is.EqualTo(Plain(before)));
            Assert.That(Plain((await owner.GetAsync(path)).Data), Is.EqualTo(Plain(before)));
            Assert.That(restored.Data["version"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(await PreferredAsync(owner, clientRef, "L1"), Is.EqualTo("C1"));
            Assert.That((await owner.AuditAsync(clientRef, "C1")).Select(entry => $"{entry!["outcome"]} {entry["changes"]!["archived"]?.ToJsonString()}"), Is.EqualTo(new[] { "updated [true,false]", "updated [false,true]", "created " }));
        }
    }

    [Test]
    public async Task Another_becomes_preferred_while_it_is_archived_and_stays_so()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);
        (await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK);

        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2", "L1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"{path}/restore", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await PreferredAsync(owner, clientRef, "L1"), Is.EqualTo("C2"));
            Assert.That((await owner.GetAsync(path)).Data["locations"]![0]!["isPreferred"]!.GetValue<bool>(), Is.False);
        }
    }

    [Test]
    public async Task Twice_changes_nothing_the_second_time()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);

        var outcomes = new List<string>();
        foreach (var verb in new[] { "restore", "archive", "archive", "restore", "restore" })
        {
            outcomes.Add((await owner.PostAsync($"{path}/{verb}", "")).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"));
        }

        Assert.That(outcomes, Is.EqualTo(new[] { "unchanged", "updated", "unchanged", "updated", "unchanged" }));
        Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo(3));
    }

    [Test]
    public async Task An_upsert_restores_and_what_it_does_not_give_stays([Values("upsert", "put")] string by)
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);
        (await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK);
        var contact = Sample.Contact(clientRef, "C1").With("surname", "Again");

        var trial = by == "put" ? await owner.PutAsync($"{path}?dryRun=true", contact) : await owner.PostAsync("/rest/contact/contact?dryRun=true", contact);
        var answer = by == "put" ? await owner.PutAsync(path, contact) : await owner.UpsertAsync(contact);

        var locations = (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Data["locations"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.ShouldBe(HttpStatusCode.OK).Json["changes"]!["archived"]!.ToJsonString(), Is.EqualTo("[true,false]"));
            Assert.That(answer.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That(locations, Has.Count.EqualTo(by == "put" ? 0 : 1));
            Assert.That((await owner.AuditAsync(clientRef, "C1"))[0]!["changes"]!.AsObject().Select(change => change.Key).Take(2), Is.EqualTo(new[] { "archived", "surname" }));
        }
    }

    [Test]
    public async Task What_needs_a_contact_that_is_there_does_not_find_an_archived_one()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);
        (await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync(path, """{"surname":"Smith"}""")).ShouldFail(404, "contact_not_found");
        Assert.That((await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"))).ShouldFail(409, "contact_exists").Text("result_msg"), Does.Contain("archived"));
        (await owner.PutAsync(path, Sample.Contact(clientRef, "C1"), ("If-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.PostAsync($"{path}x/archive", "")).ShouldFail(404, "contact_not_found");
        (await owner.PutAsync(path, Sample.Contact(clientRef, "C1"), ("If-None-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.PutAsync(path, Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task The_conditions_of_a_write_hold_here_too()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);

        (await owner.PostAsync($"{path}/archive", "", ("If-Match", "\"9\""))).ShouldFail(412, "precondition_failed");
        var trial = (await owner.PostAsync($"{path}/archive?dryRun=true", "")).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
        var first = (await owner.PostAsync($"{path}/archive", "", ("Idempotency-Key", clientRef), ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"{path}/restore", "", ("Idempotency-Key", clientRef))).ShouldFail(422, "idempotency_key_reused");
        (await owner.PostAsync($"{path}/restore", "")).ShouldBe(HttpStatusCode.OK);
        var replayed = (await owner.PostAsync($"{path}/archive", "", ("Idempotency-Key", clientRef), ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Json["changes"]!.ToJsonString(), Is.EqualTo("""{"archived":[false,true]}"""));
            Assert.That(replayed.Body, Is.EqualTo(first.Body));
            Assert.That(replayed.Header("Idempotent-Replayed"), Is.EqualTo("true"));
        }

        (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task It_takes_a_permission_of_its_own_in_its_own_database()
    {
        var owner = await Database.OwnerAsync();
        var (_, path) = await AddAsync(owner);
        var editor = (await TestSession.OpenAsync(Database, 1, "contact:read", "contact:add", "contact:edit", "client:archive", "location:archive")).Client;
        var archivist = (await TestSession.OpenAsync(Database, 1, "contact:archive")).Client;

        foreach (var verb in new[] { "archive", "restore" })
        {
            (await editor.PostAsync($"{path}/{verb}", "")).ShouldFail(403, "forbidden");
            (await (await ServiceUnderTest.B.OwnerAsync()).PostAsync($"{path}/{verb}", "")).ShouldFail(404, "contact_not_found");
            (await ApiClient.Anonymous.PostAsync($"{path}/{verb}", "")).ShouldFail(401, "not_authenticated");
            Assert.That((await archivist.PostAsync($"{path}/{verb}", "")).ShouldBe(HttpStatusCode.OK).Json.ContainsKey("data"), Is.False, "who may not read is not shown the contact");
        }
    }

    [Test]
    public async Task DELETE_archives_only_where_the_database_allows_it()
    {
        await using var service = await GuardedService.StartAsync();
        var clientRef = await service.AddContactAsync();
        var owner = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        var (contact, client) = ($"/api/v1/clients/{clientRef}/contacts/C1", $"/api/v1/clients/{clientRef}");
        await service.Database.ExecuteAsync("insert into location (client_ref, location_ref, created_at, created_by, updated_at, updated_by) values (@clientRef, 'L1', now(), 't', now(), 't')", new { clientRef });
        string[] paths = [contact, $"{client}/locations/L1", client];
        var powerless = new ApiClient((await service.Database.AddKeyAsync(1, ["contact:edit", "client:edit", "location:edit"])).AccessKey, service.Url);

        foreach (var path in paths)
        {
            var refused = (await owner.SendAsync(HttpMethod.Delete, path, null)).ShouldFail(405, "method_not_allowed");
            Assert.That(refused.Header("Allow"), Is.EqualTo("GET, HEAD, PATCH, POST, PUT"));
            (await powerless.SendAsync(HttpMethod.Delete, path, null)).ShouldFail(405, "method_not_allowed");
        }

        (await owner.PatchAsync("/api/v1/admin/settings", """{"allowDelete":true}""")).ShouldBe(HttpStatusCode.OK);
        foreach (var path in paths)
        {
            (await powerless.SendAsync(HttpMethod.Delete, path, null)).ShouldFail(403, "forbidden");
            (await powerless.SendAsync(HttpMethod.Delete, $"{path}-none", null)).ShouldFail(403, "forbidden");
            Assert.That((await owner.SendAsync(HttpMethod.Delete, $"{path}?dryRun=true", null)).ShouldBe(HttpStatusCode.OK).Json["changes"]!.ToJsonString(), Is.EqualTo("""{"archived":[false,true]}"""));
            var deleted = (await owner.SendAsync(HttpMethod.Delete, path, null)).ShouldBe(HttpStatusCode.NoContent);
            Assert.That(deleted.Body, Is.Empty);
            (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.NotFound);
            (await owner.GetAsync($"{path}?archived=all")).ShouldBe(HttpStatusCode.OK);
            Assert.That((await owner.SendAsync(HttpMethod.Delete, path, null)).ShouldBe(HttpStatusCode.NoContent).Header("X-Outcome"), Is.EqualTo("unchanged"));
        }
    }

    [Test]
    public async Task Whoever_writes_at_the_same_time_the_last_word_counts_and_each_change_has_its_entry()
    {
        var owner = await Database.OwnerAsync();
        var (clientRef, path) = await AddAsync(owner);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 3) switch
        {
            0 => owner.PostAsync($"{path}/archive", ""),
            1 => owner.PostAsync($"{path}/restore", ""),
            _ => owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1").With("surname", $"S{i}")),
        }));

        var (version, isLive, liveLinks) = await Database.QueryAsync<(long, bool, long)>(
            """
            select c.version, c.live is not null, (select count(*) from contact_location cl where cl.client_ref = c.client_ref and cl.contact_ref = c.contact_ref and cl.live is not distinct from c.live)
            from contact c where client_ref = @clientRef and contact_ref = 'C1'
            """,
            new { clientRef });
        var entries = await owner.AuditAsync(clientRef, "C1");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK));
            Assert.That(version, Is.EqualTo(entries.Count));
            Assert.That(liveLinks, Is.EqualTo(1));
            Assert.That(entries.Where(entry => entry!["changes"]!["archived"] is not null).Select(entry => entry!["changes"]!["archived"]![1]!.GetValue<bool>()).Reverse(), Is.EqualTo(Enumerable.Range(0, 1000).Select(i => i % 2 == 0).Take(entries.Count(entry => entry!["changes"]!["archived"] is not null))), "archived and restored by turns");
            Assert.That(isLive, Is.EqualTo(entries.Count(entry => entry!["changes"]!["archived"] is not null) % 2 == 0));
        }
    }

    private static async Task<(string ClientRef, string Path)> AddAsync(ApiClient owner)
    {
        var clientRef = await Database.AddClientAsync("L1", "L2");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        return (clientRef, $"/api/v1/clients/{clientRef}/contacts/C1");
    }

    private static async Task<string> RefsAsync(ApiClient client, string list)
    {
        var page = (await client.GetAsync(list)).ShouldBe(HttpStatusCode.OK).Json;
        var items = page["items"]!.AsArray();
        Assert.That(page["total"]!.GetValue<int>(), Is.EqualTo(items.Count), list);
        return string.Join(' ', items.Select(item => item!["contactRef"]));
    }

    private static async Task<string?> PreferredAsync(ApiClient owner, string clientRef, string locationRef) =>
        (string?)(await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/{locationRef}")).ShouldBe(HttpStatusCode.OK).Data["preferredContactRef"];

    // Without what every change changes.
    private static string Plain(JsonObject contact)
    {
        var plain = contact.DeepClone().AsObject();
        foreach (var name in new[] { "version", "updatedAt", "updatedBy" })
        {
            plain.Remove(name);
        }

        return plain.ToJsonString();
    }
}
