using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Features.Imports;

namespace CrmImport.Tests.Features.Rules.EditCustomField;

/// <summary>PUT and PATCH /api/v1/admin/custom-fields/{name}: fields of a database's own, from their creation through every way in and out to their retirement.</summary>
public sealed class EditCustomFieldTests
{
    private const string Path = "/api/v1/admin/custom-fields";
    private const string All = """{"colour":"red","score":12.5,"born":"1980-02-29","vip":true,"level":7,"kind":1}""";

    /// <summary>One of each type, of contacts.</summary>
    private static readonly (string Name, string Definition)[] Fields =
    [
        ("colour", """{"type":"text","maxLength":10,"label":"Colour"}"""),
        ("score", """{"type":"decimal"}"""),
        ("born", """{"type":"date"}"""),
        ("vip", """{"type":"boolean"}"""),
        ("level", """{"type":"integer"}"""),
        ("kind", """{"type":"list","list":"contacttype"}"""),
    ];

    private static IEnumerable<TestCaseData> WaysIn()
    {
        yield return Way("upsert", (owner, contact) => owner.UpsertAsync(contact));
        yield return Way("POST", (owner, contact) => owner.PostAsync("/api/v1/contacts", contact));
        yield return Way("PUT", (owner, contact) => owner.PutAsync(Url(contact), contact));
        yield return Way("merge patch", async (owner, contact) => await PatchAsync(owner, contact, new JsonObject(OfContact(contact)).ToJsonString()));
        yield return Way("JSON Patch", async (owner, contact) => await PatchAsync(
            owner, contact, new JsonArray([.. OfContact(contact).Select(field => new JsonObject { ["op"] = "add", ["path"] = $"/{field.Key}", ["value"] = field.Value })]).ToJsonString()));
        yield return Way("parties", (owner, contact) => owner.PostAsync("/api/parties", contact));
        yield return Way("import of CSV", (owner, contact) => ImportAsync(owner, CsvOf(contact), "text/csv"));
        yield return Way("import of NDJSON", (owner, contact) => ImportAsync(owner, contact.ToJsonString() + "\n", "application/x-ndjson"));

        static TestCaseData Way(string name, Func<ApiClient, JsonObject, Task<ApiAnswer>> send) => new TestCaseData(send).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(WaysIn))]
    public async Task Every_way_in_takes_them_and_holds_them_to_their_definition(object way)
    {
        var send = (Func<ApiClient, JsonObject, Task<ApiAnswer>>)way;
        var (_, owner, clientRef) = await Shared.Value;
        var contact = With(Sample.Contact(clientRef, TestDatabase.Unique("c")), All);
        await send(owner, contact);
        Assert.That(Shown(await ReadAsync(owner, contact)), Is.EqualTo(All));

        var broken = With(Sample.Contact(clientRef, TestDatabase.Unique("c")), """{"colour":"more than ten","score":"many","born":"2026-02-30","vip":"perhaps","level":1.5,"kind":4711}""");
        var refused = await send(owner, broken);
        Assert.That(
            await ProblemsOfAsync(owner, refused),
            Is.SupersetOf(new[] { "colour field_too_long", "score field_not_decimal", "born field_not_date", "vip field_not_boolean", "level field_not_integer" }));
    }

    [Test]
    public async Task A_field_is_created_filled_found_ordered_exported_patched_audited_and_retired()
    {
        var (database, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        foreach (var (name, values) in new[] { ("c1", All), ("c2", """{"colour":"Blue","score":-3,"born":"2000-01-01","vip":false,"level":8,"kind":6}"""), ("c3", "{}") })
        {
            (await owner.UpsertAsync(With(Sample.Contact(clientRef, name), values))).ShouldBe(HttpStatusCode.OK);
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Shown((await owner.ReadAsync(clientRef, "c3")).Data), Is.EqualTo("""{"colour":null,"score":null,"born":null,"vip":null,"level":null,"kind":null}"""));
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts/c1?$select=level,colour")).Data.ToJsonString(), Is.EqualTo("""{"level":7,"colour":"red"}"""));
            foreach (var (filter, found) in new[]
            {
                ("colour eq 'RED'", "c1"), ("colour begins 'b'", "c2"), ("colour eq null", "c3"), ("score gt 12.4", "c1"), ("score in (-3, 12.5)", "c1 c2"), ("born lt '2000-01-01'", "c1"), ("vip eq true", "c1"),
                ("level ge 8", "c2"), ("kind in (1, 6) and not (level eq 7)", "c2"), ("contains(colour, 'e')", "c1 c2"),
            })
            {
                Assert.That(await FindAsync($"$filter={filter}"), Is.EqualTo(found), filter);
            }

            Assert.That(await FindAsync("$filter=colour ne null&orderBy=colour"), Is.EqualTo("c2 c1"));
            Assert.That(await FindAsync("orderBy=score desc,contactRef&$filter=score ne null"), Is.EqualTo("c1 c2"));
            Assert.That(await FindAsync("orderBy=born&$filter=born ne null"), Is.EqualTo("c1 c2"));
            (await owner.GetAsync("/api/v1/contacts?$filter=score gt 'many'")).ShouldFail(400, "invalid_filter");
            Assert.That((await owner.GetAsync("/api/parties?$filter=level eq 7&$select=id,level")).Json["items"]![0]!["level"]!.GetValue<int>(), Is.EqualTo(7));
            Assert.That((await owner.GetAsync("/api/v1/contacts?$select=contactRef,colour,score,born,vip", ("Accept", "text/csv"))).Body, Does.Contain("c1,red,12.5,1980-02-29,true"));
            Assert.That((await owner.GetAsync("/api/v1/contacts", ("Accept", "text/csv"))).Body.Split("\r\n")[0], Does.Contain("considerations,colour,score,born,vip,level,kind,locations"));
        }

        var patched = (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/c1?$select=colour,score,version", """{"colour":null,"score":1.5}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(patched.Data.ToJsonString(), Is.EqualTo("""{"colour":null,"score":1.5,"version":2}"""));
        Assert.That((await owner.AuditAsync(clientRef, "c1"))[0]!["changes"]!.ToJsonString(), Is.EqualTo("""{"colour":["red",null],"score":[12.5,1.5]}"""));
        Assert.That((await owner.UpsertAsync(With(Sample.Contact(clientRef, "c1"), """{"score":"1.50"}"""))).Header("X-Outcome"), Is.EqualTo("unchanged"));

        (await owner.PatchAsync($"{Path}/level", """{"retired":true}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.ReadAsync(clientRef, "c1")).Data.ContainsKey("level"), Is.False);
        (await owner.GetAsync("/api/v1/contacts?$filter=level eq 7")).ShouldFail(400, "invalid_filter");
        (await owner.PutAsync("/api/v1/clients/x/contacts/y", new JsonObject())).ShouldFail(400, "field_missing");
        Assert.That((await owner.UpsertAsync(With(Sample.Contact(clientRef, "c1"), """{"level":9,"vip":false}"""))).Header("X-Outcome"), Is.EqualTo("updated"));

        (await owner.PatchAsync($"{Path}/level", """{"retired":false}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.ReadAsync(clientRef, "c1")).Data["level"]!.GetValue<int>(), Is.EqualTo(7), "its values were kept");
        (await owner.SendAsync(HttpMethod.Delete, $"{Path}/level", null)).ShouldFail(405, "method_not_allowed");
        Assert.That((await owner.PutAsync($"/api/v1/clients/{clientRef}/contacts/c1", Sample.Contact(clientRef, "c1"))).Data["level"], Is.Null, "a PUT is the whole contact");
        Assert.That(await database.QueryAsync<long>("select count(*) from audit_entry where record_type = 'custom_field' and outcome = 'updated' and record_ref = 'contact.level'"), Is.EqualTo(2));

        async Task<string> FindAsync(string query) =>
            string.Join(' ', (await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts?{query}")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => $"{item!["contactRef"]}"));
    }

    [Test]
    public async Task An_import_finds_its_columns_and_its_undo_gives_back_what_was_there()
    {
        var (_, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        (await owner.UpsertAsync(With(Sample.Contact(clientRef, "c1"), All))).ShouldBe(HttpStatusCode.OK);
        var import = await owner.ImportAsync(
            $"clientRef,contactRef,{TestImports.Columns},Colour,Punkte,KIND,born\n{clientRef},c1,{TestImports.Cells},green,3.5,1,01.03.1990\n",
            query: $"mapping={Uri.EscapeDataString("""{"Punkte":"score","dateFormat":"dd.MM.yyyy"}""")}");
        Assert.That(import.Counts(), Is.EqualTo("0 1 0 0"));
        var changed = (await owner.ReadAsync(clientRef, "c1")).Data;
        Assert.That($"{changed["colour"]} {changed["score"]} {changed["born"]} {changed["vip"]}", Is.EqualTo("green 3.5 1990-03-01 true"));
        Assert.That((await owner.PostAsync($"/api/v1/imports?mapping={Uri.EscapeDataString("""{"a":"flavour"}""")}", "a\n1\n")).Status, Is.AnyOf(HttpStatusCode.BadRequest, HttpStatusCode.UnsupportedMediaType));

        (await owner.PatchAsync($"{Path}/colour", """{"retired":true}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.SubmitAsync($"clientRef,contactRef,Punkte\n{clientRef},c2,4\n", query: $"from={import.Id()}")).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync($"{Path}/score", """{"retired":true}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.SubmitAsync($"clientRef,contactRef,Punkte\n{clientRef},c2,5\n", query: $"from={import.Id()}")).ShouldFail(400, "invalid_mapping");
        (await owner.PatchAsync($"{Path}/score", """{"retired":false}""")).ShouldBe(HttpStatusCode.OK);

        (await owner.PostAsync($"/api/v1/imports/{import.Id()}/undo", "{}", ("Prefer", "respond-sync"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync($"{Path}/colour", """{"retired":false}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(Shown((await owner.ReadAsync(clientRef, "c1")).Data), Is.EqualTo(All));
    }

    [Test]
    public async Task Clients_and_locations_have_fields_of_their_own_too()
    {
        var (_, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        (await owner.PutAsync($"{Path}/client.vatNumber", JsonNode.Parse("""{"type":"text","defaultValue":"none"}""")!)).ShouldBe(HttpStatusCode.Created);
        (await owner.PutAsync($"{Path}/location.heating", JsonNode.Parse("""{"type":"list","list":"usagetype"}""")!)).ShouldBe(HttpStatusCode.Created);
        (await owner.PutAsync($"{Path}/location.colour", JsonNode.Parse("""{"type":"integer"}""")!)).ShouldBe(HttpStatusCode.Created); // a contact's colour is another
        var (client, location) = ($"/api/v1/clients/{clientRef}x", $"/api/v1/clients/{clientRef}x/locations/L");

        Assert.That((await owner.PutAsync(client, new JsonObject())).ShouldBe(HttpStatusCode.Created).Data["vatNumber"]!.GetValue<string>(), Is.EqualTo("none"));
        Assert.That((await owner.PatchAsync(client, """{"vatNumber":"DE1"}""")).ShouldBe(HttpStatusCode.OK).Data["vatNumber"]!.GetValue<string>(), Is.EqualTo("DE1"));
        Assert.That((await owner.PutAsync(location, JsonNode.Parse("""{"heating":2,"colour":5}""")!)).ShouldBe(HttpStatusCode.Created).Data["heating"]!.GetValue<int>(), Is.EqualTo(2));
        Assert.That((await owner.PutAsync(location, JsonNode.Parse("""{"heating":4711}""")!)).ShouldFail(400, "unknown_usage_type").Problems, Is.EqualTo(new[] { "heating unknown_usage_type" }));
        Assert.That((await owner.PostAsync($"{location}/archive", "{}")).ShouldBe(HttpStatusCode.OK).Data["heating"]!.GetValue<int>(), Is.EqualTo(2));
        (await owner.PostAsync($"{location}/restore", "{}")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await owner.GetAsync($"{location}?$select=heating,colour")).Data.ToJsonString(), Is.EqualTo("""{"heating":2,"colour":5}"""));
            Assert.That((await owner.GetAsync(client)).Data["locations"]![0]!["colour"]!.GetValue<int>(), Is.EqualTo(5));
            Assert.That((await owner.GetAsync(client)).Data["vatNumber"]!.GetValue<string>(), Is.EqualTo("DE1"));
            Assert.That((await owner.GetAsync("/api/v1/clients?$filter=vatNumber eq 'de1'&orderBy=vatNumber&$select=vatNumber")).Json["items"]!.ToJsonString(), Is.EqualTo("""[{"vatNumber":"DE1"}]"""));
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}x/locations?$filter=colour gt 4&orderBy=heating")).Json["total"]!.GetValue<int>(), Is.EqualTo(1));
            Assert.That((await owner.GetAsync("/api/v1/clients", ("Accept", "text/csv"))).Body.Split("\r\n")[0], Does.Contain("notes,vatNumber"));
            Assert.That((await owner.AuditAsync($"{clientRef}x"))[^1]!["changes"]!.ToJsonString(), Does.Contain("vatNumber"));
        }
    }

    [Test]
    public async Task What_is_mandatory_has_a_default_or_an_item_of_a_list_is_held_to_like_any_field()
    {
        var (database, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        (await owner.UpsertAsync(Sample.Contact(clientRef, "old"))).ShouldBe(HttpStatusCode.OK);
        var warned = (await owner.PatchAsync($"{Path}/colour", """{"mandatory":true}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(warned.Problems, Is.EqualTo(new[] { "contact.colour records_break_rule" }));
        (await owner.UpsertAsync(Sample.Contact(clientRef, "new"))).ShouldFail(400, "field_missing");
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/old", """{"surname":"B"}""")).ShouldFail(400, "field_null");
        (await owner.PatchAsync($"{Path}/colour", """{"defaultValue":"grey"}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "new"))).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.ReadAsync(clientRef, "new")).Data["colour"]!.GetValue<string>(), Is.EqualTo("grey"));

        (await owner.PutAsync("/api/v1/admin/lists/contacttype/77", new JsonObject { ["name"] = "Odd" })).ShouldBe(HttpStatusCode.Created);
        (await owner.PatchAsync($"{Path}/kind", """{"defaultValue":"077"}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "odd"))).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.PutAsync("/api/v1/admin/lists/contacttype/77", new JsonObject { ["name"] = "Odd", ["active"] = false })).ShouldFail(409, "list_item_in_use").Text("result_msg"), Does.Contain("contact.kind"));
        (await owner.PatchAsync($"{Path}/kind", """{"defaultValue":null}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync("/api/v1/admin/lists/contacttype/77", new JsonObject { ["name"] = "Odd", ["active"] = false })).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.SendAsync(HttpMethod.Delete, "/api/v1/admin/lists/contacttype/77", null)).ShouldFail(409, "list_item_in_use").Text("result_msg"), Does.Contain("used by 1 record"));
        (await owner.UpsertAsync(With(Sample.Contact(clientRef, "odd"), """{"kind":77,"surname":"Kept"}"""))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(With(Sample.Contact(clientRef, "new"), """{"kind":77}"""))).ShouldFail(400, "field_out_of_range");
        Assert.That(await database.QueryAsync<string>("select custom ->> 'kind' from contact where contact_ref = 'odd'"), Is.EqualTo("77"));
    }

    [TestCase("surname")]
    [TestCase("SurName")]
    [TestCase("post_code")]
    [TestCase("locations")]
    [TestCase("locationRef")]
    [TestCase("isPreferred")]
    [TestCase("version")]
    [TestCase("archivedAt")]
    [TestCase("id")]
    [TestCase("rejectLine")]
    [TestCase("not")]
    [TestCase("Colour")]
    [TestCase("coLour")]
    [TestCase("a b")]
    [TestCase("a'; drop table contact; --")]
    [TestCase("a\"b")]
    [TestCase("1st")]
    [TestCase("größe")]
    [TestCase("a.b.c")]
    [TestCase("shop.colour")]
    [TestCase("__proto__")]
    [TestCase("a23456789012345678901234567890123456789012345678901")]
    public async Task A_name_that_cannot_be_is_refused(string name)
    {
        var (database, owner, _) = await Shared.Value;
        var before = await database.QueryAsync<long>("select count(*) from custom_field");
        Assert.That((await owner.PutAsync($"{Path}/{Uri.EscapeDataString(name)}", JsonNode.Parse("""{"type":"text"}""")!)).Status, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That(await database.QueryAsync<long>("select count(*) from custom_field"), Is.EqualTo(before));
    }

    [TestCase("select", """{"type":"text"}""", "updated")]
    [TestCase("x1", """{}""", "type field_missing")]
    [TestCase("x1", """{"type":"money"}""", "type field_not_allowed")]
    [TestCase("x1", """{"type":"integer","maxLength":5}""", "maxLength field_not_allowed")]
    [TestCase("x1", """{"type":"text","maxLength":0}""", "maxLength field_out_of_range")]
    [TestCase("x1", """{"type":"text","maxLength":4001}""", "maxLength field_out_of_range")]
    [TestCase("x1", """{"type":"list"}""", "list field_missing")]
    [TestCase("x1", """{"type":"text","list":"contacttype"}""", "list field_not_allowed")]
    [TestCase("x1", """{"type":"list","list":"nolist"}""", "list field_not_allowed")]
    [TestCase("x1", """{"type":"list","list":"contacttype","defaultValue":"4711"}""", "defaultValue field_not_allowed")]
    [TestCase("x1", """{"type":"text","maxLength":2,"defaultValue":"abc"}""", "defaultValue field_too_long")]
    [TestCase("x1", """{"type":"date","defaultValue":"soon"}""", "defaultValue field_not_date")]
    [TestCase("x1", """{"type":"decimal","defaultValue":"12345678901234567890123456789"}""", "defaultValue field_not_decimal")]
    [TestCase("x1", """{"type":"boolean","defaultValue":"perhaps"}""", "defaultValue field_not_boolean")]
    [TestCase("x1", """{"type":"text","name":"contact.other"}""", "name field_read_only")]
    public async Task What_is_said_of_it_must_fit_its_type(string name, string definition, string problem)
    {
        var (_, owner, _) = await Shared.Value;
        if (problem == "updated")
        {
            Assert.That((int)(await owner.PutAsync($"{Path}/{name}?dryRun=true", JsonNode.Parse(definition)!)).Status, Is.EqualTo(200), "a word of SQL is a name like any other");
            return;
        }

        Assert.That((await owner.PutAsync($"{Path}/{name}", JsonNode.Parse(definition)!)).Problems, Is.EqualTo(new[] { problem }));
        (await owner.GetAsync($"{Path}/{name}")).ShouldFail(404, "field_not_found");
    }

    [TestCase("1e5", "100000")]
    [TestCase("1.0000E-5", "0.00001")]
    [TestCase("-0", "0")]
    [TestCase("\"12.500\"", "12.5")]
    [TestCase("9999999999999999999999999999", "9999999999999999999999999999")]
    [TestCase("0.0000000000000000000000000001", "0.0000000000000000000000000001")]
    [TestCase("1e-29", null)]
    [TestCase("99999999999999999999999999999", null)]
    [TestCase("1.5e999999999999999", null)]
    [TestCase("0e99999999999", null)]
    [TestCase("\"1,5\"", null)]
    public async Task A_decimal_is_kept_exactly_or_refused(string sent, string? kept)
    {
        var (database, owner, clientRef) = await Shared.Value;
        var contact = Sample.Contact(clientRef, TestDatabase.Unique("c"));
        var body = contact.ToJsonString()[..^1] + $",\"score\":{sent}}}";
        var answer = await owner.PostAsync("/rest/contact/contact", body);
        if (kept is null)
        {
            Assert.That(answer.ShouldFail(400, "field_not_decimal").Problems, Is.EqualTo(new[] { "score field_not_decimal" }));
            return;
        }

        answer.ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.GetAsync(Url(contact))).Body, Does.Contain($"\"score\":{kept},"));
        Assert.That(await database.QueryAsync<string>("select custom ->> 'score' from contact where contact_ref = @Ref", new { Ref = $"{contact["contactRef"]}" }), Is.EqualTo(kept));
    }

    [Test]
    public async Task A_read_is_another_once_a_field_is_retired_and_conditions_on_the_version_hold_as_before()
    {
        var (_, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        var contact = With(Sample.Contact(clientRef, "c"), All);
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        var before = (await owner.GetAsync(Url(contact))).Header("ETag");
        Assert.That((await owner.GetAsync(Url(contact), ("If-None-Match", before))).Status, Is.EqualTo(HttpStatusCode.NotModified));
        (await owner.PatchAsync($"{Path}/vip", """{"retired":true}""")).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(Url(contact), ("If-None-Match", before))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(Url(contact), """{"level":1}""", ("If-Match", before))).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync(Url(contact), """{"level":2}""", ("If-Match", before))).ShouldFail(412, "precondition_failed");
    }

    [Test]
    public async Task The_type_stays_versions_count_and_of_two_who_add_the_same_one_is_first()
    {
        var (database, owner, _) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        Assert.That((await owner.PutAsync($"{Path}/colour", JsonNode.Parse("""{"type":"integer","label":"Tint"}""")!)).Problems, Is.EqualTo(new[] { "type field_read_only" }));
        Assert.That((await owner.PutAsync($"{Path}/kind", JsonNode.Parse("""{"type":"list","list":"usagetype"}""")!)).Problems, Is.EqualTo(new[] { "list field_read_only" }));
        var kept = (await owner.PutAsync($"{Path}/colour", JsonNode.Parse("""{"type":"text","label":"Tint"}""")!)).ShouldBe(HttpStatusCode.OK).Data;
        Assert.That($"{kept["type"]} {kept["label"]} {kept["version"]}", Is.EqualTo("text Tint 2"));
        (await owner.PatchAsync($"{Path}/colour", """{"type":"integer"}""")).ShouldFail(400, "field_read_only");
        (await owner.PatchAsync($"{Path}/colour", """{"label":"Hue"}""", ("If-Match", "\"1\""))).ShouldFail(412, "precondition_failed");
        (await owner.PatchAsync($"{Path}/nothing", """{"label":"Hue"}""")).ShouldFail(404, "field_not_found");

        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => owner.PutAsync($"{Path}/{(i % 2 == 0 ? "twice" : "tWice")}", JsonNode.Parse("""{"type":"text"}""")!)));
        Assert.That(await database.QueryAsync<long>("select count(*) from custom_field where lower(name) = 'contact.twice'"), Is.EqualTo(1));
        Assert.That(added.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(1));

        await database.ExecuteAsync("insert into custom_field select 'contact.f' || i, 'text', null, null, false, null, null, null, true, 1, now(), 'test', now(), 'test' from generate_series(1, 193) i");
        (await owner.PutAsync($"{Path}/last", JsonNode.Parse("""{"type":"text"}""")!)).ShouldFail(400, "too_many_items");
        (await owner.PutAsync($"{Path}/client.last", JsonNode.Parse("""{"type":"text"}""")!)).ShouldBe(HttpStatusCode.Created);
    }

    [Test]
    public async Task It_takes_integration_manage_and_concerns_no_other_database()
    {
        var (database, owner, _) = await Shared.Value;
        var other = await ServiceUnderTest.B.OwnerAsync();
        (await other.PutAsync($"{Path}/colour", JsonNode.Parse("""{"type":"text"}""")!, ("x-database", database.Name))).ShouldFail(401, "not_authenticated");
        (await other.GetAsync($"{Path}/colour")).ShouldFail(404, "field_not_found");
        (await (await TestSession.OpenAsync(database, 1, "contact:add", "contact:edit")).Client.PutAsync($"{Path}/mine", JsonNode.Parse("""{"type":"text"}""")!)).ShouldFail(403, "forbidden");
        var clientRef = await ServiceUnderTest.B.AddClientAsync();
        Assert.That((await other.UpsertAsync(With(Sample.Contact(clientRef, "c"), """{"colour":"red"}"""), ("Prefer", "return=representation"))).Problems, Is.EqualTo(new[] { "colour unknown_field" }));
        (await owner.PutAsync($"{Path}/hidden?dryRun=true", JsonNode.Parse("""{"type":"text"}""")!)).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync($"{Path}/hidden")).ShouldFail(404, "field_not_found");
    }

    private static readonly Lazy<Task<(TestDatabase Database, ApiClient Owner, string ClientRef)>> Shared = new(async () => await PrepareAsync(await ServiceUnderTest.AddSharedDatabaseAsync()));

    private static async Task<(TestDatabase Database, ApiClient Owner, string ClientRef)> PrepareAsync(TestDatabase database)
    {
        var owner = await database.OwnerAsync();
        foreach (var (name, definition) in Fields)
        {
            (await owner.PutAsync($"{Path}/{name}", JsonNode.Parse(definition)!)).ShouldBe(HttpStatusCode.Created);
        }

        return (database, owner, await database.AddClientAsync());
    }

    private static JsonObject With(JsonObject contact, string fields)
    {
        foreach (var (name, value) in JsonNode.Parse(fields)!.AsObject())
        {
            contact[name] = value?.DeepClone();
        }

        return contact;
    }

    private static IEnumerable<KeyValuePair<string, JsonNode?>> OfContact(JsonObject contact) =>
        contact.Where(field => Fields.Any(custom => custom.Name == field.Key)).Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone()));

    private static string Shown(JsonObject contact) => new JsonObject(OfContact(contact)).ToJsonString();

    private static string Url(JsonObject contact) => $"/api/v1/clients/{contact["clientRef"]}/contacts/{contact["contactRef"]}";

    private static async Task<JsonObject> ReadAsync(ApiClient owner, JsonObject contact) => (await owner.GetAsync(Url(contact))).ShouldBe(HttpStatusCode.OK).Data;

    private static async Task<ApiAnswer> PatchAsync(ApiClient owner, JsonObject contact, string patch)
    {
        (await owner.UpsertAsync(Sample.Contact($"{contact["clientRef"]}", $"{contact["contactRef"]}"))).ShouldBe(HttpStatusCode.OK);
        return await owner.PatchAsync(Url(contact), patch);
    }

    private static string CsvOf(JsonObject contact) => $"{string.Join(',', contact.Select(field => field.Key))}\n{string.Join(',', contact.Select(field => $"{field.Value}"))}\n";

    private static async Task<ApiAnswer> ImportAsync(ApiClient owner, string rows, string contentType)
    {
        using var content = new StringContent(rows, System.Text.Encoding.UTF8, contentType);
        return await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", content, ("Prefer", "respond-sync"));
    }

    // An import answers with itself, and its problems stand in its results.
    private static async Task<string[]> ProblemsOfAsync(ApiClient owner, ApiAnswer answer)
    {
        if (answer.Status is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
        {
            return answer.Problems;
        }

        var results = (await owner.GetAsync($"/api/v1/imports/{answer.Data["id"]}/results")).Body;
        return [.. JsonNode.Parse(results.Split('\n')[0])!["problems"]!.AsArray().Select(problem => $"{problem!["field"]} {problem["code"]}")];
    }
}
