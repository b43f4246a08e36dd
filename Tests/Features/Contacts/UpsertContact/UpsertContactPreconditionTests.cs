using System.Net;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>Writes that depend on the stored version (RFC 9110 §13).</summary>
public sealed class UpsertContactPreconditionTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_write_on_a_stale_version_is_refused_and_changes_nothing()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");
        (await owner.UpsertAsync(contact, ("If-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.UpsertAsync(contact, ("If-None-Match", "*"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(contact, ("If-None-Match", "*"))).ShouldFail(412, "precondition_failed");
        (await owner.UpsertAsync(contact.With("surname", "Second"), ("If-Match", "W/\"1\""))).ShouldFail(412, "precondition_failed");
        (await owner.UpsertAsync(contact.With("surname", "Second"), ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);

        (await owner.UpsertAsync(contact.With("surname", "Third"), ("If-Match", "\"1\""))).ShouldFail(412, "precondition_failed");

        Assert.That((await owner.ReadAsync(contact["clientRef"]!.GetValue<string>(), "C1")).Data["surname"]!.GetValue<string>(), Is.EqualTo("Second"));
        (await owner.UpsertAsync(contact.With("surname", "Third"), ("If-Match", "\"1\", \"2\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(contact.With("surname", "Fourth"), ("If-Match", "*"))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task The_tag_of_a_read_changes_with_all_that_it_shows_and_still_names_the_version_to_a_write()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var (contact, location) = ($"/api/v1/clients/{clientRef}/contacts/C1", $"/api/v1/clients/{clientRef}/locations/L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1"))).ShouldBe(HttpStatusCode.OK);
        var (tagOfContact, tagOfLocation) = ((await owner.GetAsync(contact)).Header("ETag"), (await owner.GetAsync(location)).Header("ETag"));
        (await owner.GetAsync(contact, ("If-None-Match", tagOfContact))).ShouldBe(HttpStatusCode.NotModified);
        (await owner.GetAsync(location, ("If-None-Match", tagOfLocation))).ShouldBe(HttpStatusCode.NotModified);

        (await owner.PatchAsync(location, """{"usageTypeId":1}""", ("If-Match", tagOfLocation))).ShouldBe(HttpStatusCode.OK);
        tagOfLocation = (await owner.GetAsync(location)).Header("ETag");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2", "L1"))).ShouldBe(HttpStatusCode.OK);

        Assert.That((await owner.GetAsync(location, ("If-None-Match", tagOfLocation))).ShouldBe(HttpStatusCode.OK).Data["preferredContactRef"]!.GetValue<string>(), Is.EqualTo("C2"));
        var shown = (await owner.GetAsync(contact, ("If-None-Match", tagOfContact))).ShouldBe(HttpStatusCode.OK);
        Assert.That(shown.Data["locations"]![0]!["usageTypeId"]!.GetValue<int>(), Is.EqualTo(1));
        (await owner.PatchAsync(contact, """{"surname":"Second"}""", ("If-Match", tagOfContact))).ShouldFail(412, "precondition_failed"); // it lost the location: another version
        (await owner.PatchAsync(contact, """{"surname":"Second"}""", ("If-Match", shown.Header("ETag")))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(contact, """{"surname":"Third"}""", ("If-Match", shown.Header("ETag")))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync(contact, """{"surname":"Third"}""", ("If-Match", "\"30-0\""))).ShouldFail(412, "precondition_failed");
    }

    [Test]
    public async Task Unknown_references_are_reported_before_the_version_is_judged()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        var stale = ("If-Match", "\"7\"");

        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("contact1Type", 99), stale)).ShouldFail(400, "unknown_contact_type");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/C1", Sample.Contact(clientRef, "C1").With("contact1Type", 99), stale)).ShouldFail(400, "unknown_contact_type");
        (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1").With("contact1Type", 99))).ShouldFail(400, "unknown_contact_type");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L1", new System.Text.Json.Nodes.JsonObject { ["usageTypeId"] = 99 }, stale)).ShouldFail(400, "unknown_usage_type");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L1", new System.Text.Json.Nodes.JsonObject { ["usageTypeId"] = 2 }, stale)).ShouldFail(412, "precondition_failed");

        // A patch is of a version: of another, what it would lead to says nothing.
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/C1", """{"contact1Type":99}""", stale)).ShouldFail(412, "precondition_failed");
    }

    [Test]
    public async Task Of_two_editors_with_one_version_exactly_one_wins()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        for (var version = 1; version <= 50; version++)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, 2).Select(editor =>
                owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("surname", $"{version} {editor}"), ("If-Match", $"\"{version}\""))));
            Assert.That(answers.Select(answer => (int)answer.Status).Order(), Is.EqualTo(new[] { 200, 412 }));
        }
    }

    [TestCase("If-Match", "1")]
    [TestCase("If-Match", "\"1")]
    [TestCase("If-None-Match", "nonsense")]
    public async Task A_broken_precondition_is_refused(string header, string value)
    {
        var owner = await Database.OwnerAsync();
        (await owner.UpsertAsync(Sample.Contact("any", "C1"), (header, value))).ShouldFail(400, "invalid_parameter");
    }

    [TestCase("return=representation", true)]
    [TestCase("respond-async, Return=\"representation\"; x=y", true)]
    [TestCase("xreturn=representation", false)]
    [TestCase("return=minimal", false)]
    public async Task The_record_comes_along_when_it_is_preferred(string prefer, bool isExpected)
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1"), ("Prefer", prefer))).ShouldBe(HttpStatusCode.OK);
        Assert.That(answer.Json.ContainsKey("data"), Is.EqualTo(isExpected));
    }
}
