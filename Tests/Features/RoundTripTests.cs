using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features;

/// <summary>What a read returned can be sent back as it is, also to a database that refuses unknown properties.</summary>
public sealed class RoundTripTests
{
    private const string Settings = "/api/v1/admin/settings";

    [Test]
    public async Task A_text_stands_in_every_answer_as_it_was_sent()
    {
        const string Text = "Müller + Söhne <O'Ä&B> 李";
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var clientRef = await ServiceUnderTest.A.AddClientAsync("L1");
        var contact = Sample.Contact(clientRef, "C1", "L1").With("surname", Text);
        var path = $"/api/v1/clients/{clientRef}";

        ApiAnswer[] answers =
        [
            await owner.PatchAsync(path, new JsonObject { ["name"] = Text }.ToJsonString()),
            await owner.GetAsync(path),
            await owner.GetAsync($"/api/v1/clients?$filter=clientRef eq '{clientRef}'"),
            await owner.GetAsync($"/api/v1/clients?$filter=clientRef eq '{clientRef}'&$select=name"),
            await owner.UpsertAsync(contact, ("Prefer", "return=representation")),
            await owner.GetAsync($"{path}/contacts/C1"),
            await owner.PatchAsync($"{path}/contacts/C1?$select=surname", "{}"),
            await owner.UpsertAsync(contact.With("forename", Text), ("Prefer", "return=representation")),
            await owner.GetAsync($"/api/parties?$filter=clientRef eq '{clientRef}'"),
            await owner.GetAsync($"/api/v1/audit?clientRef={clientRef}"),
            await owner.GetAsync($"/api/v1/{Uri.EscapeDataString(Text)}"),
        ];

        Assert.That(answers.Select(answer => answer.Body), Has.All.Contains(Text));
    }

    [Test]
    public async Task A_record_that_was_read_is_taken_back_whole()
    {
        var (owner, clientRef, partyId) = await StrictAsync();
        string[] paths =
        [
            $"/api/v1/clients/{clientRef}",
            $"/api/v1/clients/{clientRef}/contacts/C1",
            $"/api/v1/clients/{clientRef}/locations/L1",
            $"/api/parties/{partyId}",
            "/api/v1/admin/lists/contacttype/1",
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach (var path in paths)
            {
                var read = await ReadAsync(owner, path);
                var written = await owner.PutAsync(path, read);
                Assert.That($"{path} {(int)written.Status} {written.Header("X-Outcome")}", Is.EqualTo($"{path} 200 unchanged"), written.Body);
                Assert.That(written.Json["problems"], Is.Null, written.Body);
                Assert.That((await ReadAsync(owner, path)).ToJsonString(), Is.EqualTo(read.ToJsonString()));
            }
        }
    }

    [Test]
    public async Task A_record_that_was_read_is_a_merge_patch_that_changes_nothing()
    {
        var (owner, clientRef, partyId) = await StrictAsync();
        var endpoint = $"/api/v1/admin/endpoints/{(await owner.GetAsync("/api/v1/admin/endpoints")).Json["items"]![0]!["id"]}";
        string[] paths =
        [
            $"/api/v1/clients/{clientRef}",
            $"/api/v1/clients/{clientRef}/contacts/C1",
            $"/api/v1/clients/{clientRef}/locations/L1",
            $"/api/parties/{partyId}",
            $"/api/v1/admin/accounts/{(await owner.GetAsync(endpoint)).Data["account"]}",
            endpoint,
            Settings,
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach (var path in paths)
            {
                var read = await ReadAsync(owner, path);
                var written = await owner.PatchAsync(path, read.ToJsonString());
                Assert.That($"{path} {(int)written.Status} {written.Header("X-Outcome")}", Is.EqualTo($"{path} 200 unchanged"), written.Body);
                Assert.That((await ReadAsync(owner, path)).ToJsonString(), Is.EqualTo(read.ToJsonString()));
            }
        }
    }

    [Test]
    public async Task What_a_read_returns_is_taken_back_only_where_it_was_returned()
    {
        var (owner, clientRef, partyId) = await StrictAsync();
        var (client, contact, location, party) = ($"/api/v1/clients/{clientRef}", $"/api/v1/clients/{clientRef}/contacts/C1", $"/api/v1/clients/{clientRef}/locations/L1", $"/api/parties/{partyId}");

        await RefusedAsync(client, "contactstotal", "contactstotal");
        await RefusedAsync(contact, "id", "id");
        await RefusedAsync(contact, "contactsTotal", "contactsTotal");
        await RefusedAsync(location, "contacts", "contacts");
        await RefusedAsync(location, "locationsTotal", "locationsTotal");
        await RefusedAsync(party, "contacts", "contacts");
        await RefusedAsync("/api/v1/admin/lists/contacttype/1", "contacts", "contacts");
        foreach (var name in new[] { "id", "version", "usagetypeid" })
        {
            var body = await ReadAsync(owner, contact);
            body["locations"]![0]![name] = 1;
            Assert.That((await owner.PutAsync(contact, body)).ShouldFail(400, "unknown_field").Problems, Is.EqualTo(new[] { $"locations[0].{name} unknown_field" }));
        }

        (await owner.PatchAsync(client, """{"id":1}""")).ShouldFail(400, "field_read_only");
        Assert.That((await owner.PutAsync(client, (await ReadAsync(owner, client)).With("id", -1))).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"), "a number that is assigned is not taken");
        (await owner.PatchAsync(location, """{"contacts":[]}""")).ShouldFail(400, "unknown_field");
        (await owner.PatchAsync(client, """[{"op":"add","path":"/contacts","value":[]}]""")).ShouldFail(400, "unknown_field");
        (await owner.PatchAsync(client, """{"version":9}""")).ShouldFail(400, "field_read_only");

        var other = await ReadAsync(owner, party);
        other["id"] = partyId + 1;
        (await owner.PutAsync(party, other)).ShouldFail(400, "field_read_only");

        async Task RefusedAsync(string path, string name, string told)
        {
            var body = (await ReadAsync(owner, path)).With(name, 1);
            Assert.That((await owner.PutAsync(path, body)).ShouldFail(400, "unknown_field").Problems, Is.EqualTo(new[] { $"{told} unknown_field" }), path);
        }
    }

    private static async Task<JsonObject> ReadAsync(ApiClient client, string path)
    {
        var answer = (await client.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Json;
        return (answer["data"] ?? answer).DeepClone().AsObject();
    }

    private static async Task<(ApiClient Owner, string ClientRef, long PartyId)> StrictAsync()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync("L1", "L2");
        await database.AddKeyAsync(addresses: "10.0.0.0/8");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(Settings, """{"strictFields":true}""")).ShouldBe(HttpStatusCode.OK);
        return (owner, clientRef, await database.QueryAsync<long>("select party_id from contact where client_ref = @clientRef", new { clientRef }));
    }
}
