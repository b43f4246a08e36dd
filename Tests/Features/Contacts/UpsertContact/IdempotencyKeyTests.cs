using System.Net;

namespace CrmImport.Tests.Features.Contacts.UpsertContact;

/// <summary>Safe retries: a request under an <c>Idempotency-Key</c> is carried out once and answered alike.</summary>
public sealed class IdempotencyKeyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_repeated_request_is_answered_byte_for_byte_and_not_carried_out_again()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));
        var first = (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1", "L1"), key)).ShouldBe(HttpStatusCode.Created);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1", "L1").With("surname", "Meanwhile"))).ShouldBe(HttpStatusCode.OK);

        var again = await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1", "L1"), key);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.Status, Is.EqualTo(HttpStatusCode.Created));
            Assert.That(again.Body, Is.EqualTo(first.Body));
            Assert.That(new[] { "ETag", "Location", "X-Outcome", "Content-Type" }.Select(again.Header), Is.EqualTo(new[] { "ETag", "Location", "X-Outcome", "Content-Type" }.Select(first.Header)));
            Assert.That(first.Header("Idempotent-Replayed"), Is.Empty);
            Assert.That(again.Header("Idempotent-Replayed"), Is.EqualTo("true"));
            Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["surname"]!.GetValue<string>(), Is.EqualTo("Meanwhile"));
        }
    }

    [TestCase("q%2Fz", "q%252Fz")]
    [TestCase("q%252Fz", "q%2Fz")]
    public async Task Refs_that_differ_only_in_their_encoding_are_different_requests(string first, string second)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));
        var contact = Sample.Contact(clientRef, "").Without("clientRef").Without("contactRef");

        (await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/{first}", contact, key)).ShouldBe(HttpStatusCode.Created);
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/{second}", contact, key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/{second}", contact)).ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task Another_request_under_the_same_key_is_refused_whatever_contact_it_is_for()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"), key)).ShouldBe(HttpStatusCode.OK);

        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1").With("surname", "Other"), key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2"), key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"), key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.ReadAsync(clientRef, "C2")).ShouldFail(404, "contact_not_found");
        Assert.That((await owner.AuditAsync(clientRef)), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task A_key_is_its_accounts_and_its_databases_own()
    {
        var clientRef = await Database.AddClientAsync();
        var other = await ServiceUnderTest.B.AddClientAsync();
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));
        (await (await Database.OwnerAsync()).UpsertAsync(Sample.Contact(clientRef, "C1"), key)).ShouldBe(HttpStatusCode.OK);
        Assert.That((await (await TestSession.OpenAsync(Database)).Client.UpsertAsync(Sample.Contact(clientRef, "C2"), key)).Header("X-Outcome"), Is.EqualTo("created"));
        Assert.That((await (await ServiceUnderTest.B.OwnerAsync()).UpsertAsync(Sample.Contact(other, "C1"), key)).Header("X-Outcome"), Is.EqualTo("created"));
    }

    [Test]
    public async Task Of_fifty_equal_requests_at_once_one_is_carried_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"), key)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created && answer.Header("Idempotent-Replayed") != "true"), Is.EqualTo(1));
            Assert.That(answers.Select(answer => (int)answer.Status).Distinct(), Is.SubsetOf(new[] { 201, 409 }));
            Assert.That(answers.Where(answer => (int)answer.Status == 409).Select(answer => answer.Text("code")).Distinct(), Is.SubsetOf(new[] { "idempotency_key_in_use" }));
            Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo(1));
            Assert.That((await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"), key)).Header("Idempotent-Replayed"), Is.EqualTo("true"));
        }
    }

    [Test]
    public async Task A_write_that_changes_nothing_keeps_its_answer_and_one_that_is_refused_does_not()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (unchanged, refused) = (("Idempotency-Key", TestDatabase.Unique("key")), ("Idempotency-Key", TestDatabase.Unique("key")));
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"), unchanged)).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2", "L1"), refused)).ShouldFail(400, "unknown_location");
        await Database.ExecuteAsync(
            "insert into location (client_ref, location_ref, created_at, created_by, updated_at, updated_by) values (@ClientRef, 'L1', now(), 'test', now(), 'test')",
            new { ClientRef = clientRef });

        var again = await owner.UpsertAsync(Sample.Contact(clientRef, "C1"), unchanged);
        var mended = await owner.UpsertAsync(Sample.Contact(clientRef, "C2", "L1"), refused);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((again.Header("X-Outcome"), again.Header("Idempotent-Replayed")), Is.EqualTo(("unchanged", "true")));
            Assert.That((mended.Header("X-Outcome"), mended.Header("Idempotent-Replayed")), Is.EqualTo(("created", "")));
        }
    }

    [TestCase("")]
    [TestCase("   ")]
    public async Task A_key_that_is_none_is_refused(string value)
    {
        var owner = await Database.OwnerAsync();
        (await owner.UpsertAsync(Sample.Contact("any", "C1"), ("Idempotency-Key", value))).ShouldFail(400, "invalid_parameter");
        (await owner.UpsertAsync(Sample.Contact("any", "C1"), ("Idempotency-Key", new string('k', 256)))).ShouldFail(400, "invalid_parameter");
    }
}
