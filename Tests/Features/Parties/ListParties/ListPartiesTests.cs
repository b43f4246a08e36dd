using System.Net;

namespace CrmImport.Tests.Features.Parties.ListParties;

/// <summary>GET /api/parties: a page in InTouch's six keys.</summary>
public sealed class ListPartiesTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_page_has_exactly_the_six_keys_and_only_four_where_nobody_asked_for_an_order()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        foreach (var i in Enumerable.Range(1, 5))
        {
            (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, $"C{i}").With("surname", $"S{i % 2}"))).ShouldBe(HttpStatusCode.Created);
        }

        var filter = $"$filter={Uri.EscapeDataString($"clientRef eq '{clientRef}'")}";
        var ordered = (await owner.GetAsync($"/api/parties?{filter}&orderBy=id&desc=true&position=1&size=2")).ShouldBe(HttpStatusCode.OK);
        var plain = await owner.GetAsync($"/api/parties?{filter}");
        var selected = await owner.GetAsync($"/api/parties?{filter}&orderBy=surname&$select=contactRef,id&$top=1");

        var unordered = await owner.GetAsync($"/api/parties?{filter}&desc=true");
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/C1", """{"surname":"Last"}""")).ShouldBe(HttpStatusCode.OK);
        var modified = (await owner.GetAsync($"/api/parties?{filter}&orderBy=modified")).ShouldBe(HttpStatusCode.OK);
        var created = (await owner.GetAsync($"/api/parties?{filter}&orderBy=created,surname")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ordered.Json.Select(member => member.Key), Is.EqualTo(new[] { "total", "position", "size", "orderBy", "desc", "items" }));
            Assert.That(ordered.Json["total"]!.GetValue<int>(), Is.EqualTo(5));
            Assert.That(ordered.Json["items"]!.AsArray().Select(item => item!["contactRef"]!.GetValue<string>()), Is.EqualTo(new[] { "C4", "C3" }));
            Assert.That(plain.Json.Select(member => member.Key), Is.EqualTo(new[] { "total", "position", "size", "items" }));
            Assert.That(selected.Json["items"]![0]!.AsObject().Select(member => member.Key), Is.EqualTo(new[] { "contactRef", "id" }));
            Assert.That(unordered.Body, Is.EqualTo(plain.Body), "desc alone is no order");
            Assert.That($"{modified.Json["orderBy"]} {modified.Json["desc"]} {modified.Json["items"]![0]!["contactRef"]}", Is.EqualTo("modified false C2"));
            Assert.That($"{created.Json["orderBy"]} {created.Json["items"]![0]!["contactRef"]}", Is.EqualTo("created asc,surname asc C1"));
            (await owner.GetAsync("/api/parties?orderBy=nothing")).ShouldFail(400, "invalid_parameter");
        }
    }

    [Test]
    public async Task Another_databases_credential_finds_no_party()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.Created);
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var seen = await stranger.GetAsync($"/api/parties?$filter={Uri.EscapeDataString($"clientRef eq '{clientRef}'")}");
        Assert.That(seen.ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.Zero);
        (await stranger.GetAsync("/api/parties", ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
