using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Clients.EditClient;

/// <summary>PUT /api/v1/clients/{clientRef}: create a client, or replace it whole.</summary>
public sealed class EditClientTests
{
    private static readonly string[] Texts = ["name", "address1", "address2", "address3", "address4", "postCode", "notes"];

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_post_creates_the_client_once()
    {
        var owner = await Database.OwnerAsync();
        var client = new JsonObject { ["clientRef"] = TestDatabase.Unique("new"), ["name"] = "New" };

        var trial = await owner.PostAsync("/api/v1/clients?dryRun=true", client);
        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => owner.PostAsync("/api/v1/clients", client)));

        var created = answers.Single(answer => answer.Status == HttpStatusCode.Created);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.ShouldBe(HttpStatusCode.OK).Text("outcome"), Is.EqualTo("created"));
            Assert.That($"{created.Header("Location")} {created.Data["name"]}", Is.EqualTo($"{Path((string)client["clientRef"]!)} New"));
            foreach (var other in answers.Where(answer => answer != created))
            {
                other.ShouldFail(409, "client_exists");
            }

            (await owner.PostAsync("/api/v1/clients", new JsonObject { ["name"] = "New" })).ShouldFail(400, "field_missing");
            (await (await TestSession.OpenAsync(Database, 1, "client:read", "client:edit")).Client.PostAsync("/api/v1/clients", client)).ShouldFail(403, "forbidden");
        }
    }

    [Test]
    public async Task A_put_creates_the_client_whole_and_says_where_it_is()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = TestDatabase.Unique("new");

        var answer = (await owner.PutAsync(Path(clientRef), new JsonObject { ["name"] = "Wörld & <Sons>", ["postCode"] = "EX49HL", ["notes"] = "" })).ShouldBe(HttpStatusCode.Created);

        var read = (await owner.GetAsync(answer.Header("Location"))).ShouldBe(HttpStatusCode.OK).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.Header("X-Outcome"), answer.Header("ETag"), answer.Header("Location")), Is.EqualTo(("created", "\"1\"", Path(clientRef))));
            Assert.That(answer.Data.Select(member => member.Key), Is.EqualTo(
                new[] { "clientRef", "id", "name", "address1", "address2", "address3", "address4", "postCode", "notes", "version", "createdAt", "createdBy", "updatedAt", "updatedBy" }));
            Assert.That(answer.Body, Does.Contain("Wörld & <Sons>").And.Contain("\"address1\":null").And.Contain("\"notes\":null"));
            foreach (var (name, value) in answer.Data)
            {
                Assert.That(read[name]?.ToJsonString(), Is.EqualTo(value?.ToJsonString()), name);
            }
        }

        var entry = (await owner.AuditAsync(clientRef)).Single()!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry["changes"]!.ToJsonString(), Is.EqualTo(JsonNode.Parse("""{"name":[null,"Wörld & <Sons>"],"postCode":[null,"EX49HL"]}""")!.ToJsonString()));
            Assert.That($"{entry["recordType"]} {entry["outcome"]} {entry["status"]} {entry["method"]} {entry["route"]} {entry["kind"]}", Is.EqualTo("client created 201 PUT /api/v1/clients/{clientRef} human"));
            Assert.That(entry["at"]!.ToJsonString(), Is.EqualTo(answer.Data["createdAt"]!.ToJsonString()));
            Assert.That(entry["account"]!.ToJsonString(), Is.EqualTo(answer.Data["createdBy"]!.ToJsonString()));
            Assert.That(entry["contactRef"], Is.Null);
            Assert.That(entry["locationRef"], Is.Null);
        }
    }

    [Test]
    public async Task A_put_replaces_the_client_and_clears_what_is_left_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.PutAsync(Path(clientRef), new JsonObject(Texts.Select(name => KeyValuePair.Create(name, (JsonNode?)$"old {name}"))))).ShouldBe(HttpStatusCode.OK);

        var answer = (await owner.PutAsync(Path(clientRef), new JsonObject { ["name"] = "New", ["notes"] = null })).ShouldBe(HttpStatusCode.OK);

        var entry = (await owner.AuditAsync(clientRef))[0]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.Header("X-Outcome"), answer.Header("ETag")), Is.EqualTo(("updated", "\"3\"")));
            Assert.That(Texts.Select(name => answer.Data[name]?.GetValue<string>()), Is.EqualTo(new[] { "New", null, null, null, null, null, null }));
            Assert.That(answer.Data["createdBy"]!.GetValue<string>(), Is.EqualTo("test"));
            Assert.That(entry["changes"]!.AsObject().Select(change => $"{change.Key} {change.Value!.ToJsonString()}"), Is.EqualTo(
                Texts.Select(name => $"""{name} ["old {name}",{(name == "name" ? "\"New\"" : "null")}]""")));
            Assert.That($"{entry["outcome"]} {entry["status"]}", Is.EqualTo("updated 200"));
        }
    }

    [Test]
    public async Task A_put_that_changes_nothing_leaves_version_time_and_audit_alone()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = TestDatabase.Unique("new");
        var created = (await owner.PutAsync(Path(clientRef), new JsonObject { ["name"] = "Same" })).ShouldBe(HttpStatusCode.Created);

        var again = (await owner.PutAsync(Path(clientRef), new JsonObject { ["name"] = "Same", ["address1"] = "" })).ShouldBe(HttpStatusCode.OK);
        var sentBack = (await owner.PutAsync(Path(clientRef), created.Data)).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((again.Header("X-Outcome"), sentBack.Header("X-Outcome"), again.Header("ETag")), Is.EqualTo(("unchanged", "unchanged", "\"1\"")));
            Assert.That(again.Body, Is.EqualTo(created.Body));
            Assert.That(sentBack.Body, Is.EqualTo(created.Body), "history that is sent back is ignored without complaint");
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(1));
        }
    }

    [TestCase("name", 200)]
    [TestCase("address1", 200)]
    [TestCase("address2", 200)]
    [TestCase("address3", 200)]
    [TestCase("address4", 200)]
    [TestCase("postCode", 50)]
    [TestCase("notes", 2000)]
    public async Task A_text_has_its_greatest_length_in_code_points_and_one_more_is_refused(string field, int length)
    {
        var owner = await Database.OwnerAsync();
        var path = Path(TestDatabase.Unique("new"));
        var longest = string.Concat(Enumerable.Repeat("😀", length));

        Assert.That((await owner.PutAsync(path, new JsonObject { [field] = longest })).ShouldBe(HttpStatusCode.Created).Data[field]!.GetValue<string>(), Is.EqualTo(longest));
        var refused = (await owner.PutAsync(path, new JsonObject { [field] = longest + "x" })).ShouldFail(400, "field_too_long");
        Assert.That(refused.Problems, Is.EqualTo(new[] { $"{field} field_too_long" }));
        (await owner.PutAsync(path, new JsonObject { [field] = 1 })).ShouldFail(400, "field_wrong_type");
        (await owner.PutAsync(path, new JsonObject { [field] = "a\0" })).ShouldFail(400, "invalid_characters");
    }

    [Test]
    public async Task The_ref_of_the_body_may_be_the_addresss_and_no_other()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = TestDatabase.Unique("new");
        (await owner.PutAsync(Path(clientRef), new JsonObject { ["clientRef"] = $" {clientRef} " })).ShouldBe(HttpStatusCode.Created);
        var refused = (await owner.PutAsync(Path(clientRef), new JsonObject { ["clientRef"] = "other", ["name"] = 7 })).ShouldFail(400, "field_read_only");
        Assert.That(refused.Problems, Is.EqualTo(new[] { "clientRef field_read_only", "name field_wrong_type" }));
    }

    [TestCase("a/b")]
    [TestCase("%2F")]
    [TestCase("a%252fb")]
    [TestCase("ü 😀")]
    [TestCase("?#&;=")]
    [TestCase("...")]
    public async Task A_ref_of_any_characters_is_kept_as_it_is(string text)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = $"{text} {Guid.NewGuid():N}";

        var created = (await owner.PutAsync(Path(clientRef), new JsonObject { ["name"] = "N" })).ShouldBe(HttpStatusCode.Created);

        Assert.That(created.Data["clientRef"]!.GetValue<string>(), Is.EqualTo(clientRef));
        Assert.That((await owner.PatchAsync(created.Header("Location"), """{"name":"M"}""")).ShouldBe(HttpStatusCode.OK).Data["clientRef"]!.GetValue<string>(), Is.EqualTo(clientRef));
        Assert.That((await owner.GetAsync(created.Header("Location"))).Data["name"]!.GetValue<string>(), Is.EqualTo("M"));
    }

    [Test]
    public async Task A_ref_that_cannot_be_is_refused()
    {
        var owner = await Database.OwnerAsync();
        (await owner.PutAsync(Path(new string('x', 51)), new JsonObject())).ShouldFail(400, "field_too_long");
        (await owner.PutAsync(Path("  "), new JsonObject())).ShouldFail(400, "field_blank");
    }

    [Test]
    public async Task An_unknown_property_is_ignored_with_a_warning_and_one_given_twice_is_refused()
    {
        var owner = await Database.OwnerAsync();
        var path = Path(TestDatabase.Unique("new"));
        var answer = (await owner.PutAsync(path, new JsonObject { ["colour"] = "red", ["Name"] = "wrong case", ["version"] = 7 })).ShouldBe(HttpStatusCode.Created);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Problems, Is.EqualTo(new[] { "colour unknown_field", "Name unknown_field" }));
            Assert.That(answer.Data["name"], Is.Null);
            Assert.That(answer.Data["version"]!.GetValue<int>(), Is.EqualTo(1));
        }

        (await owner.SendAsync(HttpMethod.Put, path, new StringContent("""{"name":"a","name":"b"}""", null, "application/json"))).ShouldFail(400, "duplicate_field");
    }

    [TestCase("", "text/plain", 415, "unsupported_media_type")]
    [TestCase("{}", "application/merge-patch+json", 415, "unsupported_media_type")]
    [TestCase("", "application/json", 400, "invalid_json")]
    [TestCase("[]", "application/json", 400, "invalid_json")]
    [TestCase("{\"name\":", "application/json", 400, "invalid_json")]
    [TestCase("{\"name\":\"\\ud800\"}", "application/json", 400, "invalid_characters")]
    [TestCase("{\"\\ud800\":1}", "application/json", 400, "invalid_characters")]
    public async Task Rubbish_is_the_callers_fault(string body, string contentType, int status, string code)
    {
        var owner = await Database.OwnerAsync();
        (await owner.SendAsync(HttpMethod.Put, Path(TestDatabase.Unique("new")), new StringContent(body, null, contentType))).ShouldFail(status, code);
    }

    [Test]
    public async Task Who_may_only_add_or_only_edit_does_no_more()
    {
        var adder = (await TestSession.OpenAsync(Database, 1, "client:add")).Client;
        var editor = (await TestSession.OpenAsync(Database, 1, "client:edit")).Client;
        var reader = (await TestSession.OpenAsync(Database, 1, "client:read", "contact:add", "contact:edit", "location:add", "location:edit")).Client;
        var path = Path(TestDatabase.Unique("new"));

        (await editor.PutAsync(path, new JsonObject())).ShouldFail(403, "forbidden");
        (await reader.PutAsync(path, new JsonObject())).ShouldFail(403, "forbidden");
        (await adder.PutAsync(path, new JsonObject())).ShouldBe(HttpStatusCode.Created);
        (await adder.PutAsync(path, new JsonObject { ["name"] = "N" })).ShouldFail(403, "forbidden");
        (await adder.PatchAsync(path, """{"name":"N"}""")).ShouldFail(403, "forbidden");
        (await editor.PatchAsync(path, """{"name":"N"}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await adder.PutAsync(path, new JsonObject { ["name"] = "N" })).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
    }

    [Test]
    public async Task A_credential_of_another_database_edits_nothing_here()
    {
        var clientRef = await Database.AddClientAsync();
        var other = await ServiceUnderTest.B.OwnerAsync();

        (await other.PatchAsync(Path(clientRef), """{"name":"X"}""")).ShouldFail(404, "client_not_found");
        (await other.PutAsync(Path(clientRef), new JsonObject { ["name"] = "X" }, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
        (await other.PutAsync(Path(clientRef), new JsonObject { ["name"] = "X" })).ShouldBe(HttpStatusCode.Created);
        Assert.That((await (await Database.OwnerAsync()).GetAsync(Path(clientRef))).Data["name"]!.GetValue<string>(), Is.EqualTo("Test"));
    }

    [Test]
    [Repeat(10)]
    public async Task Twenty_creations_at_once_make_one_client()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = TestDatabase.Unique("new");

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => owner.PutAsync(Path(clientRef), new JsonObject { ["name"] = "N" })));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Select(answer => $"{(int)answer.Status} {answer.Header("X-Outcome")}").Order(), Is.EqualTo(Enumerable.Repeat("200 unchanged", 19).Append("201 created")));
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(1));
        }
    }

    private static string Path(string clientRef) => $"/api/v1/clients/{Uri.EscapeDataString(clientRef)}";
}
