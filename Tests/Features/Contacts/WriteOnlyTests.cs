using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts;

/// <summary>Accounts that may write and not read: writes answer what became of them, and show nothing that is stored.</summary>
public sealed class WriteOnlyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_write_shows_nothing_to_who_may_not_read()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var writer = (await TestSession.OpenAsync(Database, 1, "contact:add", "contact:edit", "client:edit", "location:edit")).Client;
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1").With("notes", "geheim"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}", """{"notes":"geheim"}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}/locations/L1", """{"address1":"geheim"}""")).ShouldBe(HttpStatusCode.OK);
        var contact = $"/api/v1/clients/{clientRef}/contacts/C1";
        var partyId = await Database.QueryAsync<long>("select party_id from contact where client_ref = @clientRef", new { clientRef });

        ApiAnswer[] answers =
        [
            await writer.PatchAsync(contact, "{}"),
            await writer.PatchAsync($"{contact}?dryRun=true", """{"notes":"x"}"""),
            await writer.PatchAsync($"{contact}?$select=notes", """{"surname":"Other"}"""),
            await writer.PatchAsync($"/api/parties/{partyId}", """{"surname":"Another"}"""),
            await writer.UpsertAsync(Sample.Contact(clientRef, "C1"), ("Prefer", "return=representation")),
            await writer.PatchAsync($"/api/v1/clients/{clientRef}", """{"name":"N"}"""),
            await writer.PatchAsync($"/api/v1/clients/{clientRef}?dryRun=true", """{"notes":"x"}"""),
            await writer.PatchAsync($"/api/v1/clients/{clientRef}/locations/L1", "{}"),
        ];

        foreach (var answer in answers)
        {
            answer.ShouldBe(HttpStatusCode.OK);
            Assert.That(answer.Body, Does.StartWith("""{"result":"success","result_msg":"" """.TrimEnd()).And.Not.Contain("geheim"));
            Assert.That(answer.Header("X-Outcome"), Is.EqualTo("unchanged").Or.EqualTo("updated"));
        }

        const string test = """[{"op":"test","path":"/notes","value":"geheim"}]""";
        (await writer.PatchAsync(contact, test)).ShouldFail(403, "forbidden");
        (await writer.PatchAsync($"/api/v1/clients/{clientRef}", test)).ShouldFail(403, "forbidden");
        (await writer.PatchAsync($"/api/v1/clients/{clientRef}/locations/L1", """[{"op":"copy","from":"/address1","path":"/name"}]""")).ShouldFail(403, "forbidden");
        Assert.That((await owner.GetAsync(contact)).Data["surname"]!.GetValue<string>(), Is.EqualTo("Test"));
        Assert.That(JsonNode.Parse(answers[1].Body)!["changes"]!.ToJsonString(), Is.EqualTo("{}"));
    }
}
