using System.Net;

namespace CrmImport.Tests.Features.Contacts.CreateContact;

/// <summary>POST /api/v1/contacts.</summary>
public sealed class CreateContactTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_post_creates_and_answers_the_record_as_a_read_does()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");

        var answer = (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1", "L1").With("notes", ""))).ShouldBe(HttpStatusCode.Created);

        var read = await owner.GetAsync(answer.Header("Location"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Header("X-Outcome"), Is.EqualTo("created"));
            Assert.That(answer.Header("ETag"), Is.EqualTo("\"1\""));
            Assert.That(answer.Header("Location"), Is.EqualTo($"/api/v1/clients/{clientRef}/contacts/C1"));
            Assert.That(answer.Body, Is.EqualTo(read.ShouldBe(HttpStatusCode.OK).Body));
            Assert.That(answer.Data["notes"], Is.Null);
            Assert.That(answer.Data.ContainsKey("notes"), "nulls are explicit");
            Assert.That(answer.Data["locations"]![0]!["usageTypeId"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That((await owner.AuditAsync(clientRef, "C1"))[0]!["status"]!.GetValue<int>(), Is.EqualTo(201));
        }
    }

    [Test]
    public async Task A_post_of_a_contact_that_exists_is_a_conflict_and_changes_nothing()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1").With("surname", $"S{i}"))));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(1));
            answers.First(answer => answer.Status != HttpStatusCode.Created).ShouldFail(409, "contact_exists");
            Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_property_that_is_ignored_is_told()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var created = await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1").With("note", "typo"));
        Assert.That(created.ShouldBe(HttpStatusCode.Created).Problems, Is.EqualTo(new[] { "note unknown_field" }));
    }

    [Test]
    public async Task Who_may_only_edit_creates_none()
    {
        var clientRef = await Database.AddClientAsync();
        var editor = (await TestSession.OpenAsync(Database, 1, "contact:edit")).Client;
        (await editor.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"))).ShouldFail(403, "forbidden");
    }

    [Test]
    public async Task Another_databases_credential_creates_no_contact_here()
    {
        var owner = await Database.OwnerAsync();
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var clientRef = await Database.AddClientAsync();

        (await stranger.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"))).ShouldFail(400, "unknown_client");
        (await stranger.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"), ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
        (await owner.PostAsync("/api/v1/contacts?dryRun=perhaps", Sample.Contact(clientRef, "C1"))).ShouldFail(400, "invalid_parameter");
        (await owner.ReadAsync(clientRef, "C1")).ShouldFail(404, "contact_not_found");
    }
}
