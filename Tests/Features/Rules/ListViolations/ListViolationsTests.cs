using System.Net;

namespace CrmImport.Tests.Features.Rules.ListViolations;

/// <summary>GET /api/v1/admin/field-requirements/{field}/violations.</summary>
public sealed class ListViolationsTests
{
    private const string Path = "/api/v1/admin/field-requirements";

    [Test]
    public async Task Records_that_break_a_rule_are_counted_and_listed_in_pages_and_archived_ones_are_not()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("L1"));
        foreach (var (contactRef, surname) in new[] { ("a", "Short"), ("b", "Very long indeed"), ("c", "Emoji 😀😀"), ("d", "Also far too long"), ("e", "Archived and too long") })
        {
            (await owner.UpsertAsync(Sample.Contact(clientRef, contactRef).With("surname", surname))).ShouldBe(HttpStatusCode.OK);
        }

        (await owner.PostAsync($"/api/v1/clients/{clientRef}/contacts/e/archive", "{}")).ShouldBe(HttpStatusCode.OK);
        var made = (await owner.PatchAsync($"{Path}/surname", """{"maxLength":8,"pattern":"^[A-Z]"}""")).ShouldBe(HttpStatusCode.OK);
        var page = (await owner.GetAsync($"{Path}/surname/violations?size=1&position=1")).ShouldBe(HttpStatusCode.OK).Json;

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{made.Json["problems"]![0]!["message"]}", Does.StartWith("2 records break this already; see /api/v1/admin/field-requirements/contact.surname/violations"));
            Assert.That($"{page["total"]} {page["position"]} {page["size"]}", Is.EqualTo("2 1 1"));
            Assert.That(page["items"]![0]!.ToJsonString(), Is.EqualTo($$"""{"clientRef":"{{clientRef}}","contactRef":"d","locationRef":null,"value":"Also far too long","code":"field_too_long","message":"surname is longer than 8 characters (it has 17)"}"""));
            Assert.That((await owner.GetAsync($"{Path}/location.name/violations")).ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.Zero);
            (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/b", """{"forename":"New"}""")).ShouldFail(400, "field_too_long");
            (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/b", """{"surname":"Mended"}""")).ShouldBe(HttpStatusCode.OK);
            Assert.That((await owner.GetAsync($"{Path}/surname/violations")).Json["total"]!.GetValue<int>(), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_stranger_an_unknown_field_and_a_wrong_page_get_none()
    {
        var database = ServiceUnderTest.A;
        var owner = await database.OwnerAsync();
        (await owner.GetAsync($"{Path}/colour/violations")).ShouldFail(404, "field_not_found");
        (await owner.GetAsync($"{Path}/notes/violations?size=x")).ShouldFail(400, "invalid_parameter");
        (await owner.GetAsync($"{Path}/notes/violations", ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "not_authenticated");
        (await (await TestSession.OpenAsync(database, 1, "integration:manage")).Client.GetAsync($"{Path}/notes/violations")).ShouldFail(403, "forbidden");
        (await (await TestSession.OpenAsync(database, 1, "integration:manage", "contact:read")).Client.GetAsync($"{Path}/notes/violations")).ShouldBe(HttpStatusCode.OK);
    }
}
