using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Contacts.PatchContact;

/// <summary>Changing parts of a contact: merge patches, JSON Patches, random ones, versions, retries, trials.</summary>
public sealed class PatchContactTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_merge_patch_changes_what_it_names_and_null_clears()
    {
        var (owner, clientRef, path) = await ArrangeAsync(contact => contact.With("notes", "N").With("contact2", "02"));

        var answer = (await PatchAsync(owner, path, """{"surname":"Other","notes":null,"preferredContact":"2"}""")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Body, Is.EqualTo((await owner.GetAsync(path)).Body));
            Assert.That(answer.Data["surname"]!.GetValue<string>(), Is.EqualTo("Other"));
            Assert.That(answer.Data.ContainsKey("notes") && answer.Data["notes"] is null, "an explicit null");
            Assert.That(answer.Data["contact2"]!.GetValue<string>(), Is.EqualTo("02"));
            Assert.That(answer.Data["locations"]!.AsArray(), Has.Count.EqualTo(1));
            Assert.That((answer.Header("X-Outcome"), answer.Header("ETag")), Is.EqualTo(("updated", "\"2\"")));
            Assert.That((await owner.AuditAsync(clientRef, "C1"))[0]!["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Test","Other"],"preferredContact":[1,2],"notes":["N",null]}"""));
            Assert.That((await PatchAsync(owner, path, """{"surname":"Other"}""")).Header("X-Outcome"), Is.EqualTo("unchanged"));
        }
    }

    [Test]
    public async Task An_array_in_a_merge_patch_is_the_whole_array_and_null_is_none()
    {
        var (owner, _, path) = await ArrangeAsync();
        var both = await PatchAsync(owner, path, """{"locations":[{"locationRef":"L2","isPreferred":false,"usageTypeId":1},{"locationRef":"L1","isPreferred":true}]}""");
        var one = await PatchAsync(owner, path, """{"locations":[{"locationRef":"L2","isPreferred":false}]}""");
        var none = await PatchAsync(owner, path, """{"locations":null}""");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(both.ShouldBe(HttpStatusCode.OK).Data["locations"]!.AsArray().Select(location => $"{location!["locationRef"]} {location["usageTypeId"]}"), Is.EqualTo(new[] { "L1 2", "L2 1" }));
            Assert.That(one.ShouldBe(HttpStatusCode.OK).Data["locations"]!.AsArray(), Has.Count.EqualTo(1));
            Assert.That(none.ShouldBe(HttpStatusCode.OK).Data["locations"]!.AsArray(), Is.Empty);
        }
    }

    [TestCase(60_000, "too_many_items")]
    [TestCase(15_000, "invalid_patch")]
    public async Task A_patch_of_much_work_is_refused_before_it_is_done(int members, string code)
    {
        var (owner, clientRef, path) = await ArrangeAsync();
        var value = string.Join(',', Enumerable.Range(0, members).Select(i => $"\"{i}\":0"));
        var removals = string.Join(',', Enumerable.Range(0, 999).Select(i => $$"""{"op":"remove","path":"/notes/{{i}}"}"""));
        var patch = """[{"op":"add","path":"/notes","value":{""" + value + "}}," + removals + "]";

        (await PatchAsync(owner, path, patch)).ShouldFail(400, code);
        (await PatchAsync(owner, $"/api/v1/clients/{clientRef}", patch)).ShouldFail(400, code);
    }

    [TestCase("null")]
    [TestCase("1")]
    public async Task Unknown_members_of_a_merge_patch_make_no_long_answer(string value)
    {
        var (owner, _, path) = await ArrangeAsync();
        var answer = (await PatchAsync(owner, path, $"{{{string.Join(',', Enumerable.Range(0, 15_000).Select(i => $"\"{new string('n', 40)}{i}\":{value}"))}}}")).ShouldFail(400, "unknown_field");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Problems, Has.Length.EqualTo(1000));
            Assert.That(answer.Problems[^1], Does.EndWith(" too_many_items"));
            Assert.That((await PatchAsync(owner, path, $$"""{"{{new string('n', 900_000)}}":1}""")).ShouldFail(400, "unknown_field").Body, Has.Length.LessThan(1000));
        }
    }

    [Test]
    public async Task A_json_patch_sets_what_was_null_tests_copies_moves_and_removes()
    {
        var (owner, _, path) = await ArrangeAsync();

        var answer = await PatchAsync(owner, path,
            """
            [{"op":"test","path":"/version","value":1},{"op":"replace","path":"/notes","value":"N"},{"op":"copy","from":"/surname","path":"/forename"},
             {"op":"move","from":"/notes","path":"/considerations"},{"op":"add","path":"/locations/-","value":{"locationRef":"L2","isPreferred":"false","startDate":"31/12/2024"}},
             {"op":"replace","path":"/locations/0/isPreferred","value":false}]
            """);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.ShouldBe(HttpStatusCode.OK).Data["notes"], Is.Null);
            Assert.That(answer.Data["considerations"]!.GetValue<string>(), Is.EqualTo("N"));
            Assert.That(answer.Data["forename"]!.GetValue<string>(), Is.EqualTo("Test"));
            Assert.That(answer.Data["locations"]!.AsArray().Select(location => $"{location!["locationRef"]} {location["isPreferred"]} {location["startDate"]}"), Is.EqualTo(new[] { "L1 false ", "L2 false 2024-12-31" }));
        }
    }

    [Test]
    public async Task A_json_patch_is_carried_out_whole_or_not_at_all()
    {
        var (owner, _, path) = await ArrangeAsync();
        (await PatchAsync(owner, path, """[{"op":"replace","path":"/surname","value":"X"},{"op":"test","path":"/version","value":7}]""")).ShouldFail(409, "patch_test_failed");
        (await PatchAsync(owner, path, """[{"op":"replace","path":"/surname","value":"X"},{"op":"remove","path":"/nothing"}]""")).ShouldFail(400, "invalid_patch");
        (await PatchAsync(owner, path, """[{"op":"replace","path":"/surname","value":"X"},{"op":"replace","path":"/contact1Type","value":77}]""")).ShouldFail(400, "unknown_contact_type");
        Assert.That((await owner.GetAsync(path)).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
    }

    [TestCase("""{"contactRef":"C2"}""", "field_read_only", "contactRef")]
    [TestCase("""{"version":7,"createdBy":"me"}""", "field_read_only", "version")]
    [TestCase("""[{"op":"remove","path":"/clientRef"}]""", "field_read_only", "clientRef")]
    [TestCase("""{"sur name":"X"}""", "unknown_field", "sur name")]
    [TestCase("""{"nothing":null}""", "unknown_field", "nothing")]
    [TestCase("""{"SURNAME":"X"}""", "unknown_field", "SURNAME")]
    [TestCase("""[{"op":"replace","path":"/Surname","value":"X"}]""", "invalid_patch", null)]
    [TestCase("""[{"op":"add","path":"/locations/0/colour","value":1}]""", "unknown_field", "locations[0].colour")]
    [TestCase("""{"surname":null}""", "field_null", "surname")]
    [TestCase("""[{"op":"remove","path":"/surname"}]""", "field_missing", "surname")]
    [TestCase("""[{"op":"replace","path":"/surname","value":null}]""", "field_null", "surname")]
    [TestCase("""{"surname":5}""", "field_wrong_type", "surname")]
    [TestCase("""{"locations":[{"locationRef":"L1"}]}""", "field_missing", "locations[0].isPreferred")]
    [TestCase("""{"locations":[{"locationRef":"L9","isPreferred":true}]}""", "unknown_location", "locations[0].locationRef")]
    [TestCase("""{"surname":"\ud800"}""", "invalid_characters", null)]
    [TestCase("""{"surname":"a\u0000b"}""", "invalid_characters", null)]
    [TestCase("""{"surname":"A","surname":"B"}""", "duplicate_field", "surname")]
    [TestCase("\"text\"", "invalid_json", null)]
    [TestCase("", "invalid_json", null)]
    public async Task What_a_contact_cannot_be_is_refused_and_named(string patch, string code, string? field)
    {
        var (owner, _, path) = await ArrangeAsync();
        var answer = (await PatchAsync(owner, path, patch)).ShouldFail(400, code);
        Assert.That(field is null || answer.Problems.Contains($"{field} {code}"), answer.Body);
        Assert.That((await owner.GetAsync(path)).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
    }

    [Test]
    public async Task The_media_type_says_which_patch_it_is()
    {
        var (owner, _, path) = await ArrangeAsync();
        (await PatchAsync(owner, path, """{"surname":"A"}""", "application/merge-patch+json")).ShouldBe(HttpStatusCode.OK);
        (await PatchAsync(owner, path, """[{"op":"replace","path":"/surname","value":"B"}]""", "application/json-patch+json")).ShouldBe(HttpStatusCode.OK);
        (await PatchAsync(owner, path, "[]", "application/merge-patch+json")).ShouldFail(400, "invalid_json");
        (await PatchAsync(owner, path, "{}", "application/json-patch+json")).ShouldFail(400, "invalid_json");
        (await PatchAsync(owner, path, "{}", "text/plain")).ShouldFail(415, "unsupported_media_type");
        (await PatchAsync(owner, path + "-none", "{}")).ShouldFail(404, "contact_not_found");
    }

    [Test]
    public async Task Patches_at_once_all_count_and_of_those_on_one_version_exactly_one()
    {
        var (owner, clientRef, path) = await ArrangeAsync();
        var free = await Task.WhenAll(Enumerable.Range(1, 4).SelectMany(i => Enumerable.Range(0, 5).Select(n => PatchAsync(owner, path, $$"""{"address{{i}}":"{{n}}"}"""))));
        Assert.That(free.Select(answer => (int)answer.Status), Is.All.EqualTo(200));
        var version = (await owner.GetAsync(path)).Header("ETag");

        var bound = await Task.WhenAll(Enumerable.Range(0, 20).Select(n => PatchAsync(owner, path, $$"""{"surname":"{{n}}"}""", headers: ("If-Match", version))));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bound.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
            bound.First(answer => answer.Status != HttpStatusCode.OK).ShouldFail(412, "precondition_failed");
            Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo((await owner.GetAsync(path)).Data["version"]!.GetValue<int>()));
        }
    }

    [Test]
    public async Task A_repeated_patch_is_answered_as_the_first_was_though_it_would_not_apply_again()
    {
        var (owner, clientRef, path) = await ArrangeAsync();
        var key = ("Idempotency-Key", TestDatabase.Unique("key"));
        const string patch = """[{"op":"test","path":"/surname","value":"Test"},{"op":"replace","path":"/surname","value":"Once"}]""";
        var first = (await PatchAsync(owner, path, patch, headers: key)).ShouldBe(HttpStatusCode.OK);

        var again = await PatchAsync(owner, path, patch, headers: key);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(again.ShouldBe(HttpStatusCode.OK).Body, Is.EqualTo(first.Body));
            Assert.That(again.Header("Idempotent-Replayed"), Is.EqualTo("true"));
            (await PatchAsync(owner, path, "{}", headers: key)).ShouldFail(422, "idempotency_key_reused");
            Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task The_answer_can_be_narrowed_to_some_properties()
    {
        var (owner, _, path) = await ArrangeAsync();
        var answer = (await PatchAsync(owner, path + "?$select=version,surname", """{"surname":"Other"}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo("""{"version":2,"surname":"Other"}"""));
        (await PatchAsync(owner, path + "?$select=nothing", """{"surname":"X"}""")).ShouldFail(400, "invalid_parameter");
        Assert.That((await owner.GetAsync(path)).Data["version"]!.GetValue<int>(), Is.EqualTo(2));
    }

    [Test]
    public async Task A_trial_tells_and_stores_nothing()
    {
        var (owner, clientRef, path) = await ArrangeAsync();
        var answer = (await PatchAsync(owner, path + "?dryRun=true", """{"surname":"Other"}""")).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Json["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Test","Other"]}"""));
            Assert.That((await owner.GetAsync(path)).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That(await owner.AuditAsync(clientRef, "C1"), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task A_locations_usage_type_that_others_changed_meanwhile_stays_as_they_left_it()
    {
        var (owner, clientRef, path) = await ArrangeAsync();
        await Task.WhenAll(
            Task.WhenAll(Enumerable.Range(0, 30).Select(n => PatchAsync(owner, path, $$"""{"surname":"{{n}}"}"""))),
            owner.UpsertAsync(Sample.Contact(clientRef, "C2").With("locations", JsonNode.Parse("""[{"locationRef":"L1","isPreferred":false,"usageTypeId":1}]"""))));
        Assert.That((await owner.GetAsync(path)).Data["locations"]![0]!["usageTypeId"]!.GetValue<int>(), Is.EqualTo(1));
    }

    [Test]
    public async Task Another_databases_credential_finds_no_contact()
    {
        var (owner, _, path) = await ArrangeAsync();
        (await PatchAsync(await ServiceUnderTest.B.OwnerAsync(), path, """{"surname":"X"}""")).ShouldFail(404, "contact_not_found");
        (await PatchAsync((await TestSession.OpenAsync(Database, 1, "contact:read", "contact:add")).Client, path, """{"surname":"X"}""")).ShouldFail(403, "forbidden");
        Assert.That((await owner.GetAsync(path)).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
    }

    [Test]
    public async Task Whatever_the_patch_it_is_carried_out_as_told_or_refused_and_never_a_fault_of_ours()
    {
        string[] paths = ["", "/", "/surname", "/notes", "/contact1Type", "/locations", "/locations/0", "/locations/-", "/locations/1", "/locations/0/isPreferred", "/locations/0/locationRef", "/version", "/clientRef", "/nothing", "/~1", "/~", "x"];
        string[] operations = ["add", "remove", "replace", "move", "copy", "test", "neither"];
        string[] values = ["null", "1", "\"L1\"", "\"x\"", "\"\\ud800\"", "\"\\u0000\"", "{}", "[]", "[null]", "true", """{"locationRef":"L2","isPreferred":false}""", """[{"locationRef":"L1","isPreferred":true},{"locationRef":"L2","isPreferred":"0"}]""", "1e400", "\"2024-02-30\""];
        string[] members = ["surname", "notes", "contact1Type", "preferredContact", "locations", "version", "nothing", "\\ud800"];
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var path = (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1", "L1"))).Header("Location");
        var random = new Random(20190709);
        var statuses = new Dictionary<int, int>();
        var stored = (await owner.GetAsync(path)).Body;
        for (var round = 0; round < 400; round++)
        {
            var patch = round % 2 == 0
                ? $"[{string.Join(',', Enumerable.Range(0, random.Next(1, 4)).Select(_ => $$"""{"op":"{{Pick(operations)}}","path":"{{Pick(paths)}}","from":"{{Pick(paths)}}","value":{{Pick(values)}}}"""))}]"
                : $"{{{string.Join(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ => $"\"{Pick(members)}\":{Pick(values)}"))}}}";
            var answer = await owner.PatchAsync(path, patch);
            statuses[(int)answer.Status] = statuses.GetValueOrDefault((int)answer.Status) + 1;
            Assert.That((int)answer.Status, Is.LessThan(500), patch);
            stored = answer.Status == HttpStatusCode.OK ? answer.Body : stored;
            Assert.That((await owner.GetAsync(path)).Body, Is.EqualTo(stored), patch);
        }

        Assert.That(statuses.Keys, Is.EquivalentTo(new[] { 200, 400, 409 }));

        string Pick(string[] from) => from[random.Next(from.Length)];
    }

    private static async Task<(ApiClient Owner, string ClientRef, string Path)> ArrangeAsync(Func<JsonObject, JsonObject>? change = null)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2");
        var contact = Sample.Contact(clientRef, "C1", "L1");
        var created = await owner.PostAsync("/api/v1/contacts", change is null ? contact : change(contact));
        return (owner, clientRef, created.ShouldBe(HttpStatusCode.Created).Header("Location"));
    }

    private static Task<ApiAnswer> PatchAsync(ApiClient client, string path, string patch, string mediaType = "application/json", params (string Name, string Value)[] headers) =>
        client.SendAsync(HttpMethod.Patch, path, new StringContent(patch, new MediaTypeHeaderValue(mediaType)), headers);
}
