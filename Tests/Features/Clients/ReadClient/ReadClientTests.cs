using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Clients.ReadClient;

/// <summary>GET /api/v1/clients/{clientRef}.</summary>
public sealed class ReadClientTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_client_is_read_with_its_contacts_and_its_locations_in_the_order_of_their_refs()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L2", "L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        await Database.ExecuteAsync(
            """
            update client
            set address1 = 'A', post_code = 'P', notes = 'N', version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B'
            where client_ref = @clientRef
            """,
            new { clientRef });

        var answer = (await owner.GetAsync($"/api/v1/clients/{clientRef}")).ShouldBe(HttpStatusCode.OK);

        var contacts = new[] { await owner.ReadAsync(clientRef, "C1"), await owner.ReadAsync(clientRef, "C2") };
        var locations = new[] { await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1"), await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L2") };
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo(
            $$"""
            {"clientRef":"{{clientRef}}","id":{{answer.Data["id"]}},"name":"Test","address1":"A","address2":null,"address3":null,"address4":null,"postCode":"P","notes":"N","version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B","contacts":[{{All(contacts)}}],"contactsTotal":2,"locations":[{{All(locations)}}],"locationsTotal":2}
            """));

        static string All(ApiAnswer[] answers) => string.Join(',', answers.Select(answer => answer.ShouldBe(HttpStatusCode.OK).Data.ToJsonString()));
    }

    [Test]
    public async Task A_client_is_read_as_far_as_the_permissions_go()
    {
        var contact = Sample.Contact(await Database.AddClientAsync("L1"), "C1", "L1");
        (await (await Database.OwnerAsync()).UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ArraysAsync("client:read"), Is.Empty);
            Assert.That(await ArraysAsync("client:read", "location:read"), Is.EqualTo(new[] { "locations 1", "locationsTotal 1" }));
            Assert.That(await ArraysAsync("contact:read"), Is.EqualTo(new[] { "contacts 1", "contactsTotal 1", "locations 1", "locationsTotal 1" }));
        }

        (await (await TestSession.OpenAsync(Database, level: 1, "location:read")).Client.GetAsync($"/api/v1/clients/{contact["clientRef"]}")).ShouldFail(403, "forbidden");

        async Task<string[]> ArraysAsync(params string[] permissions)
        {
            var client = (await TestSession.OpenAsync(Database, level: 1, permissions)).Client;
            var read = (await client.GetAsync($"/api/v1/clients/{contact["clientRef"]}")).ShouldBe(HttpStatusCode.OK).Data;
            Assert.That(read["name"]!.GetValue<string>(), Is.EqualTo("Test"));
            return [.. read.Where(property => property.Key.StartsWith("contacts", StringComparison.Ordinal) || property.Key.StartsWith("locations", StringComparison.Ordinal))
                .Select(property => $"{property.Key} {(property.Value is JsonArray items ? items.Count : property.Value!.GetValue<int>())}")];
        }
    }

    [Test]
    public async Task A_client_of_another_database_is_not_found()
    {
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var path = $"/api/v1/clients/{await Database.AddClientAsync()}";

        (await stranger.GetAsync(path)).ShouldFail(404, "client_not_found");
        (await stranger.GetAsync(path, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
        (await (await Database.OwnerAsync()).GetAsync("/api/v1/clients/nobody-has-this")).ShouldFail(404, "client_not_found");
    }
}
