using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Locations.ArchiveLocation;

/// <summary>A location is archived when no contact has it any more.</summary>
public sealed class ArchiveLocationTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_location_in_use_is_not_archived_and_its_contacts_are_counted()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        foreach (var contactRef in new[] { "C1", "C2", "C3" })
        {
            (await owner.UpsertAsync(Sample.Contact(clientRef, contactRef, "L1", isPreferred: false))).ShouldBe(HttpStatusCode.OK);
        }

        (await owner.PostAsync($"/api/v1/clients/{clientRef}/contacts/C3/archive", "")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.PostAsync($"/api/v1/clients/{clientRef}/locations/L1/archive", "")).ShouldFail(409, "location_in_use").Text("result_msg"), Does.Contain("2 contacts"));
    }

    [Test]
    public async Task An_archived_location_is_gone_until_it_is_restored([Values("restore", "put", "upsert")] string by)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var path = $"/api/v1/clients/{clientRef}/locations/L1";

        Assert.That((await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK).Data["archivedAt"], Is.Not.Null);

        using (Assert.EnterMultipleScope())
        {
            (await owner.GetAsync(path)).ShouldFail(404, "location_not_found");
            (await owner.GetAsync($"{path}/contacts")).ShouldFail(404, "location_not_found");
            (await owner.PatchAsync(path, """{"name":"x"}""")).ShouldFail(404, "location_not_found");
            (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldFail(400, "unknown_location");
            Assert.That(await RefsAsync(owner, clientRef, ""), Is.EqualTo("L2"));
            Assert.That(await RefsAsync(owner, clientRef, "?archived=true"), Is.EqualTo("L1"));
            Assert.That(await RefsAsync(owner, clientRef, "?archived=all"), Is.EqualTo("L1 L2"));
            (await owner.GetAsync($"{path}?archived=true")).ShouldBe(HttpStatusCode.OK);
        }

        var restored = by switch
        {
            "put" => await owner.PutAsync(path, new JsonObject { ["usageTypeId"] = 2 }),
            "upsert" => await owner.PostAsync("/rest/contact/location", new JsonObject { ["clientRef"] = clientRef, ["locationRef"] = "L1" }),
            _ => await owner.PostAsync($"{path}/restore", ""),
        };

        Assert.That(restored.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("updated"));
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.AuditAsync(clientRef, "", "L1")).Select(entry => entry!["changes"]!.ToJsonString()), Is.EqualTo(new[] { """{"archived":[true,false]}""", """{"archived":[false,true]}""" }));
    }

    [Test]
    public async Task A_restored_contact_comes_back_without_the_locations_that_were_archived_since([Values("restore", "upsert")] string by)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var path = $"/api/v1/clients/{clientRef}";
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact["locations"]!.AsArray().Add(new JsonObject { ["locationRef"] = "L2", ["isPreferred"] = true });
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"{path}/contacts/C1/archive", "")).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"{path}/locations/L1/archive", "")).ShouldBe(HttpStatusCode.OK);

        (by == "upsert" ? await owner.UpsertAsync(Sample.Contact(clientRef, "C1")) : await owner.PostAsync($"{path}/contacts/C1/restore", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await owner.GetAsync($"{path}/contacts/C1")).Data["locations"]!.AsArray().Select(location => (string)location!["locationRef"]!), Is.EqualTo(new[] { "L2" }));
            Assert.That((await owner.AuditAsync(clientRef, "C1"))[0]!["changes"]!["locations[L1].isPreferred"]!.ToJsonString(), Is.EqualTo("[true,null]"));
        }
    }

    [Test]
    public async Task No_association_slips_into_a_location_that_is_being_archived()
    {
        var owner = await Database.OwnerAsync();
        for (var round = 0; round < 10; round++)
        {
            var clientRef = await Database.AddClientAsync("L1");

            var writing = Enumerable.Range(1, 8).Select(i => owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}", "L1", isPreferred: i == 1))).ToArray();
            var archiving = Enumerable.Range(1, 4).Select(_ => owner.PostAsync($"/api/v1/clients/{clientRef}/locations/L1/archive", "")).ToArray();
            var written = await Task.WhenAll(writing);
            var archived = await Task.WhenAll(archiving);

            var (links, isArchived) = await Database.QueryAsync<(long, bool)>(
                "select (select count(*) from contact_location where client_ref = @clientRef and live), (select live is null from location where client_ref = @clientRef)", new { clientRef });
            using (Assert.EnterMultipleScope())
            {
                Assert.That(written.Select(answer => answer.Status == HttpStatusCode.OK ? "ok" : answer.Text("code")), Is.All.AnyOf("ok", "unknown_location"));
                Assert.That(archived.Select(answer => answer.Status == HttpStatusCode.OK ? "ok" : answer.Text("code")), Is.All.AnyOf("ok", "location_in_use"));
                Assert.That(links, Is.EqualTo(written.Count(answer => answer.Status == HttpStatusCode.OK)));
                Assert.That(isArchived, Is.EqualTo(links == 0));
            }
        }
    }

    [Test]
    public async Task It_takes_a_permission_of_its_own_in_its_own_database()
    {
        var clientRef = await Database.AddClientAsync("L1");
        var editor = (await TestSession.OpenAsync(Database, 1, "location:read", "location:add", "location:edit", "contact:archive", "client:archive")).Client;
        var archivist = (await TestSession.OpenAsync(Database, 1, "location:archive")).Client;
        foreach (var verb in new[] { "archive", "restore" })
        {
            (await editor.PostAsync($"/api/v1/clients/{clientRef}/locations/L1/{verb}", "")).ShouldFail(403, "forbidden");
            (await (await ServiceUnderTest.B.OwnerAsync()).PostAsync($"/api/v1/clients/{clientRef}/locations/L1/{verb}", "")).ShouldFail(404, "location_not_found");
            Assert.That((await archivist.PostAsync($"/api/v1/clients/{clientRef}/locations/L1/{verb}", "")).ShouldBe(HttpStatusCode.OK).Json.ContainsKey("data"), Is.False);
        }
    }

    private static async Task<string> RefsAsync(ApiClient owner, string clientRef, string query) =>
        string.Join(' ', (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations{query}")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!["locationRef"]));
}
