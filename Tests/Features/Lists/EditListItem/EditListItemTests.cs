using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Lists.EditListItem;

/// <summary>The lists that contacts choose from, maintained over HTTP.</summary>
public sealed class EditListItemTests
{
    private const string Lists = "/api/v1/admin/lists";

    [Test]
    public async Task A_new_database_takes_contacts_once_its_lists_have_items()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync("delete from list_item");
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync());
        database.Tenant.Lists.Forget((_, _) => true);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldFail(400, "unknown_contact_type");

        var trial = (await owner.PutAsync($"{Lists}/contacttype/1?dryRun=true", new JsonObject { ["name"] = "Telephone" })).ShouldBe(HttpStatusCode.OK);
        var made = (await owner.PutAsync($"{Lists}/contacttype/1", new JsonObject { ["id"] = 1, ["name"] = "Telephone" })).ShouldBe(HttpStatusCode.Created);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.PutAsync($"{Lists}/contacttype/1", new JsonObject { ["name"] = "Telephone" })).ShouldBe(HttpStatusCode.OK);
        var changed = (await owner.PutAsync($"{Lists}/contacttype/1", new JsonObject { ["name"] = "Phone", ["rank"] = 3, ["active"] = false })).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2"))).ShouldFail(400, "unknown_contact_type");

        var entries = (await owner.GetAsync("/api/v1/audit?recordType=list_item")).Json["items"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Json["changes"]!.ToJsonString(), Is.EqualTo("""{"name":[null,"Telephone"],"rank":[null,0],"active":[null,true]}"""));
            Assert.That(made.Data.ToJsonString(), Is.EqualTo("""{"id":1,"name":"Telephone","rank":0,"active":true}"""));
            Assert.That(new[] { made, again, changed }.Select(answer => answer.Header("X-Outcome")), Is.EqualTo(new[] { "created", "unchanged", "updated" }));
            Assert.That((await owner.GetAsync($"{Lists}/contacttype/1")).Data.ToJsonString(), Is.EqualTo("""{"id":1,"name":"Phone","rank":3,"active":false}"""));
            Assert.That((await owner.GetAsync(Lists)).Data.ToJsonString(), Is.EqualTo("""{"contacttype":[{"id":1,"name":"Phone","rank":3,"active":false}]}"""));
            Assert.That(entries.Select(entry => $"{entry!["recordRef"]} {entry["outcome"]} {entry["changes"]!["name"]?.ToJsonString()}"), Is.EqualTo(new[]
            {
                """contacttype/1 updated ["Telephone","Phone"]""", """contacttype/1 created [null,"Telephone"]""",
            }));
        }
    }

    [Test]
    public async Task An_item_that_is_switched_off_stays_with_the_records_that_have_it_and_with_no_other()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync("insert into list_item (list, id, name, rank, active) values ('contacttype', 71, 'Old', 0, true), ('usagetype', 72, 'Old', 0, true) on conflict do nothing");
        database.Tenant.Lists.Forget((_, _) => true);
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("L1"));
        var contact = Sample.Contact(clientRef, "C1", "L1").With("contact1Type", 71);
        contact["locations"]![0]!["usageTypeId"] = 72;
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Lists}/contacttype/71", new JsonObject { ["name"] = "Old", ["active"] = false })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Lists}/usagetype/72", new JsonObject { ["name"] = "Old", ["active"] = false })).ShouldBe(HttpStatusCode.OK);
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";

        (await owner.UpsertAsync(contact.With("surname", "Upserted"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(path, """{"surname":"Patched"}""")).ShouldBe(HttpStatusCode.OK);
        var whole = (await owner.GetAsync(path)).Data.With("surname", "Replaced");
        (await owner.PutAsync(path, whole)).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync(path, """{"contact2Type":71}""")).ShouldFail(400, "unknown_contact_type");
        (await owner.UpsertAsync(contact.With("contactRef", "C2"))).ShouldFail(400, "unknown_contact_type");
        (await owner.PatchAsync(path, """{"contact1Type":1}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(path, """{"contact1Type":71}""")).ShouldFail(400, "unknown_contact_type");
    }

    [TestCase("contacttype/0", """{"name":"N"}""", "invalid_parameter")]
    [TestCase("contacttype/x", """{"name":"N"}""", "invalid_parameter")]
    [TestCase("contacttype/99999999999", """{"name":"N"}""", "invalid_parameter")]
    [TestCase("Contact%20Type/1", """{"name":"N"}""", "invalid_parameter")]
    [TestCase("contacttype/1", """{"id":2,"name":"N"}""", "field_read_only")]
    [TestCase("contacttype/1", """{"name":" "}""", "field_blank")]
    [TestCase("contacttype/1", """{"name":null,"rank":-1}""", "field_null")]
    [TestCase("contacttype/1", """{"name":"N","active":"perhaps"}""", "field_not_boolean")]
    [TestCase("contacttype/1", "[]", "invalid_json")]
    public async Task Rubbish_changes_no_list(string address, string body, string code)
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");

        (await owner.SendAsync(HttpMethod.Put, $"{Lists}/{address}", content)).ShouldFail(400, code);
    }

    [Test]
    public async Task Every_fault_of_the_URL_and_of_the_item_is_reported_at_once()
    {
        var answer = (await (await ServiceUnderTest.A.OwnerAsync()).PutAsync($"{Lists}/Contact Type/0", new JsonObject { ["name"] = " " })).ShouldFail(400, "invalid_parameter");

        Assert.That(answer.Problems, Is.EqualTo(new[] { "name invalid_parameter", "id invalid_parameter", "name field_blank" }));
        Assert.That(answer.Text("result_msg"), Is.EqualTo("A list name must match [a-z][a-z0-9_]{0,49}"));
    }

    [Test]
    public async Task A_typing_error_in_the_name_creates_no_list()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var name = $"list_{Guid.NewGuid():N}"[..20];

        var refused = (await owner.PutAsync($"{Lists}/contacttypes/1", new JsonObject { ["name"] = "N" })).ShouldFail(404, "list_not_found");
        (await owner.PutAsync($"{Lists}/{name}/1?dryRun=true", new JsonObject { ["name"] = "N" })).ShouldFail(404, "list_not_found");
        (await owner.PutAsync($"{Lists}/{name}/1?createList=perhaps", new JsonObject { ["name"] = "N" })).ShouldFail(400, "invalid_parameter");
        (await owner.PutAsync($"{Lists}/{name}/1?createList=true", new JsonObject { ["name"] = "N" })).ShouldBe(HttpStatusCode.Created);
        (await owner.PutAsync($"{Lists}/{name}/2", new JsonObject { ["name"] = "N" })).ShouldBe(HttpStatusCode.Created);

        Assert.That(refused.Text("result_msg"), Does.Contain("contacttype,").And.Contain("createList=true"));
    }

    [Test]
    public async Task An_item_is_written_once_under_an_idempotency_key_and_another_under_it_is_refused()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var (name, key) = ($"list_{Guid.NewGuid():N}"[..20], ("Idempotency-Key", Guid.NewGuid().ToString()));
        var path = $"{Lists}/{name}/1?createList=true";

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => owner.PutAsync(path, new JsonObject { ["name"] = "N" }, key)));
        var again = (await owner.PutAsync(path, new JsonObject { ["name"] = "N" }, key)).ShouldBe(HttpStatusCode.Created);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Select(answer => answer.Status), Is.All.AnyOf(HttpStatusCode.Created, HttpStatusCode.Conflict));
            Assert.That(again.Header("Idempotent-Replayed") + again.Header("X-Outcome"), Is.EqualTo("truecreated"));
            Assert.That(answers.Where(answer => answer.Status == HttpStatusCode.Created).Select(answer => answer.Body), Is.All.EqualTo(again.Body));
        }

        (await owner.PutAsync(path, new JsonObject { ["name"] = "Other" }, key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.SendAsync(HttpMethod.Delete, $"{Lists}/{name}/1", null, key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PutAsync(path, new JsonObject { ["name"] = "N" }, ("Idempotency-Key", ""))).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task Who_may_not_changes_nothing()
    {
        var clerk = (await TestSession.OpenAsync(ServiceUnderTest.A, 1, "contact:edit")).Client;

        (await clerk.PutAsync($"{Lists}/contacttype/1", new JsonObject { ["name"] = "N" })).ShouldFail(403, "forbidden");
    }
}
