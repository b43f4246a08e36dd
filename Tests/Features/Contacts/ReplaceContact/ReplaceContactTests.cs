using System.Net;

namespace CrmImport.Tests.Features.Contacts.ReplaceContact;

/// <summary>PUT /api/v1/clients/{clientRef}/contacts/{contactRef}: create a contact, or replace it whole.</summary>
public sealed class ReplaceContactTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_put_replaces_whole_and_clears_what_is_left_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";
        var contact = Sample.Contact(clientRef, "C1", "L1").With("notes", "N").With("contact2", "02").With("contact2Type", 1);
        contact["locations"]![0]!["startDate"] = "2024-01-01";
        (await owner.PutAsync(path, contact)).ShouldBe(HttpStatusCode.Created);

        var answer = (await owner.PutAsync(path, Sample.Contact(clientRef, "C1", "L1").Without("clientRef").Without("contactRef"))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Data["notes"], Is.Null);
            Assert.That(answer.Data["contact2"], Is.Null);
            Assert.That(answer.Data["contact2Type"], Is.Null);
            Assert.That(answer.Data["locations"]![0]!["startDate"], Is.Null);
            Assert.That(answer.Data["locations"]![0]!["usageTypeId"]!.GetValue<int>(), Is.EqualTo(2), "the location's own, which no contact clears");
            Assert.That(answer.Header("ETag"), Is.EqualTo("\"2\""));
            Assert.That((await owner.AuditAsync(clientRef, "C1"))[0]!["changes"]!.ToJsonString(), Is.EqualTo(
                """{"contact2":["02",null],"contact2Type":[1,null],"notes":["N",null],"locations[L1].startDate":["2024-01-01",null]}"""));
        }

        var without = (await owner.PutAsync(path, Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        Assert.That(without.Data["locations"]!.AsArray(), Is.Empty);
        Assert.That((await owner.PutAsync(path, Sample.Contact(clientRef, "C1"))).Header("X-Outcome"), Is.EqualTo("unchanged"));
    }

    [Test]
    public async Task A_record_that_was_read_can_be_sent_back()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var created = await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1", "L1"));

        var answer = await owner.PutAsync(created.Header("Location"), created.Data, ("If-Match", created.Header("ETag")));

        Assert.That(answer.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
        Assert.That(answer.Body, Is.EqualTo(created.Body));
    }

    [Test]
    public async Task A_property_that_is_ignored_is_told()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var created = await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"));
        var replaced = await owner.PutAsync(created.Header("Location"), Sample.Contact(clientRef, "C1").With("note", "typo").With("version", 1));
        Assert.That(replaced.ShouldBe(HttpStatusCode.OK).Problems, Is.EqualTo(new[] { "note unknown_field" }));
    }

    [Test]
    public async Task A_put_never_reaches_another_record_than_the_addresss()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        foreach (var segment in new[] { "..", "%2e%2e", ".%2E", "x/..", "." })
        {
            var path = $"/api/v1/clients/{clientRef}/contacts/{segment}";
            (await new RawRequest($"PUT {path}").Header("Authorization", $"Bearer {owner.AccessToken}").Json("""{"name":"Taken"}""").SendAsync())
                .ShouldFail(400, "field_not_addressable");
        }

        Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["name"]!.GetValue<string>(), Is.EqualTo("Test"));
    }

    [Test]
    public async Task The_refs_of_a_put_are_the_addresss()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var path = $"/api/v1/clients/{clientRef}/contacts";
        var answer = (await owner.PutAsync($"{path}/C1", Sample.Contact("other", "C2"))).ShouldFail(400, "field_read_only");
        Assert.That(answer.Problems, Is.EqualTo(new[] { "clientRef field_read_only", "contactRef field_read_only" }));
        (await owner.PutAsync($"{path}/{new string('x', 51)}", Sample.Contact(clientRef, "").Without("contactRef"))).ShouldFail(400, "field_too_long");
        (await owner.PutAsync($"{path}/%20%20", Sample.Contact(clientRef, "").Without("contactRef"))).ShouldFail(400, "field_blank");
        (await owner.PutAsync("/api/v1/clients/nobody-has-this/contacts/C1", Sample.Contact("", "").Without("clientRef").Without("contactRef"))).ShouldFail(400, "unknown_client");
        foreach (var contactRef in new[] { "a/b", "%2F", "ü 😀", "?#&" })
        {
            var written = await owner.PutAsync($"{path}/{Uri.EscapeDataString(contactRef)}", Sample.Contact(clientRef, contactRef));
            Assert.That(written.ShouldBe(HttpStatusCode.Created).Data["contactRef"]!.GetValue<string>(), Is.EqualTo(contactRef));
            (await owner.GetAsync(written.Header("Location"))).ShouldBe(HttpStatusCode.OK);
        }
    }

    [Test]
    public async Task Who_may_only_edit_or_only_add_does_no_more()
    {
        var clientRef = await Database.AddClientAsync();
        var adder = (await TestSession.OpenAsync(Database, 1, "contact:add")).Client;
        var editor = (await TestSession.OpenAsync(Database, 1, "contact:edit")).Client;
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";
        (await editor.PutAsync(path, Sample.Contact(clientRef, "C1"))).ShouldFail(403, "forbidden");
        (await adder.PutAsync(path, Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.Created);
        (await adder.PutAsync(path, Sample.Contact(clientRef, "C1").With("surname", "Other"))).ShouldFail(403, "forbidden");
        (await editor.PutAsync(path, Sample.Contact(clientRef, "C1").With("surname", "Other"))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Another_databases_credential_replaces_nothing()
    {
        var owner = await Database.OwnerAsync();
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var path = (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK).Header("Location");

        (await stranger.PutAsync(path, Sample.Contact(clientRef, "C1").With("surname", "X"))).ShouldFail(400, "unknown_client");
        (await stranger.PutAsync(path, Sample.Contact(clientRef, "C1").With("surname", "X"), ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
        (await owner.PutAsync($"{path}?dryRun=perhaps", Sample.Contact(clientRef, "C1").With("surname", "X"))).ShouldFail(400, "invalid_parameter");
        Assert.That((await owner.GetAsync(path)).Data["surname"]!.GetValue<string>(), Is.EqualTo("Test"));
    }
}
