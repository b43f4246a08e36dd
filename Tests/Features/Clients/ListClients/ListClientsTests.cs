using System.Net;

namespace CrmImport.Tests.Features.Clients.ListClients;

/// <summary>GET /api/v1/clients.</summary>
public sealed class ListClientsTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_client_has_its_own_fields_and_its_history_alone()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");

        var page = (await owner.GetAsync($"/api/v1/clients?$filter=clientRef%20eq%20'{clientRef}'")).ShouldBe(HttpStatusCode.OK).Json;

        var client = page["items"]!.AsArray().Single()!.AsObject();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(client.Select(property => property.Key), Is.EqualTo(new[]
            {
                "clientRef", "id", "name", "address1", "address2", "address3", "address4", "postCode", "notes", "version", "createdAt", "createdBy", "updatedAt", "updatedBy",
            }));
            Assert.That($"{client["clientRef"]} {client["name"]} {client["version"]} {client["createdBy"]}", Is.EqualTo($"{clientRef} Test 1 test"));
        }
    }

    [Test]
    public async Task Clients_are_searched_filtered_ordered_and_narrowed()
    {
        var owner = await Database.OwnerAsync();
        string[] refs = [await Database.AddClientAsync(), await Database.AddClientAsync(), await Database.AddClientAsync()];
        var name = TestDatabase.Unique("Homes");
        await Database.ExecuteAsync("update client set name = @name, post_code = 'EX' || array_position(@refs, client_ref::text) where client_ref = any (@refs)", new { name, refs });

        var page = (await owner.GetAsync($"/api/v1/clients?search={name.ToUpperInvariant()}&$filter=postCode%20ne%20'ex2'&orderBy=postCode&desc=true&$select=postCode,clientRef")).ShouldBe(HttpStatusCode.OK);

        Assert.That(page.Json["items"]!.ToJsonString(), Is.EqualTo($$"""[{"postCode":"EX3","clientRef":"{{refs[2]}}"},{"postCode":"EX1","clientRef":"{{refs[0]}}"}]"""));
    }

    [TestCase("$filter=surname%20eq%20'x'", "invalid_filter")]
    [TestCase("$select=contacts", "invalid_parameter")]
    [TestCase("orderBy=surname", "invalid_parameter")]
    public async Task What_a_client_does_not_have_is_refused(string query, string code) =>
        (await (await Database.OwnerAsync()).GetAsync($"/api/v1/clients?{query}")).ShouldFail(400, code);

    [TestCase("client:read", 200)]
    [TestCase("contact:read", 200)]
    [TestCase("audit:read", 403)]
    public async Task Clients_are_for_those_who_may_read_clients_or_contacts(string permission, int status)
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, permission)).Client;

        Assert.That((int)(await client.GetAsync("/api/v1/clients?size=1")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Another_database_has_other_clients()
    {
        var clientRef = await Database.AddClientAsync();

        var page = await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"/api/v1/clients?$filter=clientRef%20eq%20'{clientRef}'");

        Assert.That(page.ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.Zero);
    }
}
