using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Clients.ArchiveClient;

/// <summary>A client is archived when no contact needs it any more, and its locations with it.</summary>
public sealed class ArchiveClientTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_client_with_contacts_is_not_archived_and_they_are_counted()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        foreach (var contactRef in new[] { "C1", "C2", "C3" })
        {
            (await owner.UpsertAsync(Sample.Contact(clientRef, contactRef))).ShouldBe(HttpStatusCode.OK);
        }

        (await owner.PostAsync($"/api/v1/clients/{clientRef}/contacts/C3/archive", "")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.PostAsync($"/api/v1/clients/{clientRef}/archive", "")).ShouldFail(409, "client_in_use").Text("result_msg"), Does.Contain("2 contacts"));
        Assert.That((await owner.PostAsync($"/api/v1/clients/{clientRef}/archive?dryRun=true", "")).ShouldFail(409, "client_in_use").Text("result_msg"), Does.Contain("2 contacts"));
    }

    [Test]
    public async Task An_archived_client_is_gone_with_its_locations_until_it_is_restored([Values("restore", "put")] string by)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var path = $"/api/v1/clients/{clientRef}";
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"{path}/contacts/C1/archive", "")).ShouldBe(HttpStatusCode.OK);

        var archived = (await owner.PostAsync($"{path}/archive", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(archived.Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That(archived.Data["archivedAt"], Is.Not.Null);
            (await owner.GetAsync(path)).ShouldFail(404, "client_not_found");
            (await owner.GetAsync($"{path}/locations")).ShouldFail(404, "client_not_found");
            (await owner.GetAsync($"{path}/contacts")).ShouldFail(404, "client_not_found");
            (await owner.GetAsync($"{path}/locations/L1")).ShouldFail(404, "location_not_found");
            (await owner.PatchAsync(path, """{"name":"x"}""")).ShouldFail(404, "client_not_found");
            (await owner.PatchAsync($"{path}/locations/L1", """{"name":"x"}""")).ShouldFail(404, "location_not_found");
            (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldFail(400, "unknown_client");
            (await owner.UpsertAsync(Sample.Contact(clientRef, "C2"))).ShouldFail(400, "unknown_client");
            (await owner.PostAsync($"{path}/contacts/C1/restore", "")).ShouldFail(400, "unknown_client");
            (await owner.PutAsync($"{path}/locations/L2", new JsonObject { ["name"] = "x" })).ShouldFail(400, "unknown_client");
            (await owner.PutAsync($"{path}/locations/L1", new JsonObject { ["name"] = "x" })).ShouldFail(400, "unknown_client");
            Assert.That(Refs(await owner.GetAsync($"/api/v1/clients?$filter=clientRef eq '{clientRef}'")), Is.Empty);
            Assert.That(Refs(await owner.GetAsync($"/api/v1/clients?$filter=clientRef eq '{clientRef}'&archived=true")), Is.EqualTo(clientRef));
            Assert.That((await owner.GetAsync($"{path}?archived=all")).ShouldBe(HttpStatusCode.OK).Data["locationsTotal"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That((await owner.GetAsync($"{path}/locations?archived=true")).ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.EqualTo(1));
        }

        (by == "put" ? await owner.PutAsync(path, new JsonObject { ["name"] = "Test" }) : await owner.PostAsync($"{path}/restore", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            (await owner.GetAsync($"{path}/locations/L1")).ShouldBe(HttpStatusCode.OK);
            Assert.That((await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("updated"));
            Assert.That((await owner.GetAsync($"/api/v1/audit?clientRef={clientRef}&recordType=client&status=2xx")).Json["items"]!.AsArray().Select(entry => entry!["changes"]!.ToJsonString()), Is.EqualTo(new[] { """{"archived":[true,false]}""", """{"archived":[false,true]}""" }));
        }
    }

    [Test]
    public async Task No_contact_slips_into_a_client_that_is_being_archived()
    {
        var owner = await Database.OwnerAsync();
        for (var round = 0; round < 10; round++)
        {
            var clientRef = await Database.AddClientAsync("L1");
            (await owner.UpsertAsync(Sample.Contact(clientRef, "C0").With("contact1Type", 999))).ShouldFail(400, "unknown_contact_type"); // the client is known now

            var writing = Enumerable.Range(1, 8).Select(i => owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}", "L1", isPreferred: false))).ToArray();
            var archiving = Enumerable.Range(1, 4).Select(_ => owner.PostAsync($"/api/v1/clients/{clientRef}/archive", "")).ToArray();
            var written = await Task.WhenAll(writing);
            var archived = await Task.WhenAll(archiving);

            var live = await Database.QueryAsync<long>("select count(*) from contact where client_ref = @clientRef and live", new { clientRef });
            var isArchived = await Database.QueryAsync<bool>("select live is null from client where client_ref = @clientRef", new { clientRef });
            using (Assert.EnterMultipleScope())
            {
                Assert.That(written.Select(answer => answer.Status == HttpStatusCode.OK ? "ok" : answer.Text("code")), Is.All.AnyOf("ok", "unknown_client"));
                Assert.That(archived.Select(answer => answer.Status == HttpStatusCode.OK ? "ok" : answer.Text("code")), Is.All.AnyOf("ok", "client_in_use"));
                Assert.That(live, Is.EqualTo(written.Count(answer => answer.Status == HttpStatusCode.OK)));
                Assert.That(isArchived, Is.EqualTo(live == 0));
            }
        }
    }

    [Test]
    public async Task It_takes_a_permission_of_its_own_in_its_own_database()
    {
        var clientRef = await Database.AddClientAsync();
        var editor = (await TestSession.OpenAsync(Database, 1, "client:read", "client:add", "client:edit", "contact:archive", "location:archive")).Client;
        var archivist = (await TestSession.OpenAsync(Database, 1, "client:archive")).Client;
        foreach (var verb in new[] { "archive", "restore" })
        {
            (await editor.PostAsync($"/api/v1/clients/{clientRef}/{verb}", "")).ShouldFail(403, "forbidden");
            (await (await ServiceUnderTest.B.OwnerAsync()).PostAsync($"/api/v1/clients/{clientRef}/{verb}", "")).ShouldFail(404, "client_not_found");
            Assert.That((await archivist.PostAsync($"/api/v1/clients/{clientRef}/{verb}", "")).ShouldBe(HttpStatusCode.OK).Json.ContainsKey("data"), Is.False);
        }
    }

    private static string Refs(ApiAnswer page) => string.Join(' ', page.ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => item!["clientRef"]));
}
