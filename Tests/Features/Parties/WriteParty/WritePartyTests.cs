using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Parties.WriteParty;

/// <summary>POST, PUT and PATCH of the directory in InTouch's conventions: bare records with a number of their own.</summary>
public sealed class WritePartyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task What_was_ignored_and_what_was_taken_from_others_is_said_as_on_the_native_routes()
    {
        var (owner, clientRef) = (await Database.OwnerAsync(), await Database.AddClientAsync("L1"));
        var party = Sample.Contact(clientRef, "C1", "L1").With("emial", "lost@example.com");
        party["locations"]![0]!["isPreferred"] = true;
        var created = (await owner.PostAsync("/api/parties", party)).ShouldBe(HttpStatusCode.Created);
        var path = $"/api/parties/{created.Json["id"]}";
        var other = party.DeepClone().AsObject().With("contactRef", "C2");
        other.Remove("emial");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(created.Header("X-Warnings"), Is.EqualTo("1 unknown_field emial"));
            Assert.That((await owner.PostAsync("/api/parties", other)).ShouldBe(HttpStatusCode.Created).Header("X-Warnings"), Does.StartWith("1 preferred_taken"));
            Assert.That((await owner.PutAsync(path, party)).ShouldBe(HttpStatusCode.OK).Header("X-Warnings"), Does.StartWith("2 unknown_field emial, preferred_taken"));
            Assert.That((await owner.PatchAsync($"{path}?dryRun=true&$select=id,surname", """{"surname":"QQ"}""")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo("""{"surname":"QQ"}"""), "a dry run has the contact's shape");
        }
    }

    [Test]
    public async Task A_party_without_refs_gets_its_number_as_ref_and_the_databases_default_client()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync();
        var party = Sample.Contact(clientRef, "C1");
        party.Remove("clientRef");
        party.Remove("contactRef");
        var unset = (await owner.PostAsync("/api/parties", party)).ShouldFail(400, "field_missing");
        (await owner.PatchAsync("/api/v1/admin/settings", $$"""{"defaultClientRef":" {{clientRef}} "}""")).ShouldBe(HttpStatusCode.OK);

        var trial = (await owner.PostAsync("/api/parties?dryRun=true", party)).ShouldBe(HttpStatusCode.OK);
        var first = (await owner.PostAsync("/api/parties", party, ("Idempotency-Key", "k"))).ShouldBe(HttpStatusCode.Created);
        var next = first.Json["id"]!.GetValue<long>() + 1;
        await owner.UpsertAsync(Sample.Contact(clientRef, $"{next + 2}")); // takes a number, and a ref that would be another's
        var others = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ => (await owner.PostAsync("/api/parties", party)).ShouldBe(HttpStatusCode.Created).Json));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(unset.Problems, Is.EqualTo(new[] { "clientRef field_missing" }));
            Assert.That(trial.Text("outcome"), Is.EqualTo("created"));
            Assert.That($"{first.Json["clientRef"]} {first.Json["contactRef"]}", Is.EqualTo($"{clientRef} {first.Json["id"]}"));
            Assert.That((await owner.PostAsync("/api/parties", party, ("Idempotency-Key", "k"))).Body, Is.EqualTo(first.Body));
            Assert.That(others.Select(other => (string?)other["contactRef"]), Is.EqualTo(others.Select(other => $"{other["id"]}")).And.Unique);
            Assert.That((await owner.GetAsync("/api/parties")).Json["total"]!.GetValue<int>(), Is.EqualTo(10));
        }

        (await owner.PatchAsync("/api/v1/admin/settings", """{"defaultClientRef":"nobody"}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync("/api/parties", party)).ShouldFail(400, "unknown_client");
    }

    [Test]
    public async Task A_party_is_created_found_by_its_number_replaced_and_changed()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");

        var created = (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1", "L1").With("notes", "N"))).ShouldBe(HttpStatusCode.Created);
        var path = created.Header("Location");
        var read = (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Body, Is.EqualTo(created.Body));
            Assert.That(path, Is.EqualTo($"/api/parties/{created.Json["id"]}"));
            Assert.That(read.Json.Select(member => member.Key).Take(3), Is.EqualTo(new[] { "id", "clientRef", "contactRef" }), "bare, the number first");
        }

        var patched = (await owner.SendJsonAsync(HttpMethod.Patch, path, new JsonObject { ["id"] = created.Json["id"]!.GetValue<long>(), ["surname"] = "Patched" })).ShouldBe(HttpStatusCode.OK);
        var whole = patched.Json.DeepClone().AsObject().With("surname", "Whole").Without("notes");
        var replaced = (await owner.PutAsync(path, whole, ("If-Match", patched.Header("ETag")))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(patched.Json["surname"]!.GetValue<string>(), Is.EqualTo("Patched"));
            Assert.That(replaced.Json["surname"]!.GetValue<string>(), Is.EqualTo("Whole"));
            Assert.That(replaced.Json["notes"], Is.Null);
            Assert.That(replaced.Json["id"]!.GetValue<long>(), Is.EqualTo(created.Json["id"]!.GetValue<long>()));
            Assert.That((await owner.GetAsync(path)).Body, Is.EqualTo(replaced.Body));
            Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["version"]!.GetValue<int>(), Is.EqualTo(3));
            Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo(3));
        }
    }

    [Test]
    public async Task A_number_of_the_callers_choosing_and_a_contact_that_exists_are_refused()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1").With("id", 1))).ShouldFail(400, "field_read_only");
        (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1").With("id", null))).ShouldFail(400, "field_read_only");
        var created = (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.Created);
        var path = created.Header("Location");

        var problem = (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"))).ShouldFail(409, "contact_exists");
        Assert.That(problem.Json["ok"]!.GetValue<bool>(), Is.False);
        (await owner.PutAsync(path, Sample.Contact(clientRef, "C1").With("id", 7))).ShouldFail(400, "field_read_only");
        (await owner.PutAsync(path, Sample.Contact(clientRef, "C2"))).ShouldFail(400, "field_read_only");
        (await owner.SendJsonAsync(HttpMethod.Patch, path, new JsonObject { ["id"] = 7 })).ShouldFail(400, "field_read_only");
        (await owner.SendJsonAsync(HttpMethod.Patch, path, new JsonObject { ["surname"] = null })).ShouldFail(400, "field_null");
        (await owner.PutAsync("/api/parties/999999999999", Sample.Contact(clientRef, "C1"))).ShouldFail(404, "party_not_found");
        (await owner.SendAsync(HttpMethod.Delete, path, null)).ShouldFail(405, "method_not_allowed");
        Assert.That((await owner.GetAsync(path)).Body, Is.EqualTo(created.Body));
    }

    [Test]
    public async Task A_retry_finds_the_first_number_and_a_trial_gives_none()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));
        var before = await Database.QueryAsync<long>("select last_value from contact_party_id_seq");

        var trial = (await owner.PostAsync("/api/parties?dryRun=true", Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        var first = (await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"), key)).ShouldBe(HttpStatusCode.Created);
        var again = await owner.PostAsync("/api/parties", Sample.Contact(clientRef, "C1"), key);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Text("outcome"), Is.EqualTo("created"));
            Assert.That(first.Json["id"]!.GetValue<long>(), Is.GreaterThan(before));
            Assert.That(again.Body, Is.EqualTo(first.Body));
            Assert.That(again.Header("Idempotent-Replayed"), Is.EqualTo("true"));
        }
    }
}
