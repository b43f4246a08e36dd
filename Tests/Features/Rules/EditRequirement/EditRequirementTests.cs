using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Features.Imports;

namespace CrmImport.Tests.Features.Rules.EditRequirement;

/// <summary>PUT and PATCH /api/v1/admin/field-requirements/{field}: what an administrator demands of a field, and that every way in demands it too.</summary>
public sealed class EditRequirementTests
{
    private const string Path = "/api/v1/admin/field-requirements";

    [Test]
    public async Task A_field_that_becomes_mandatory_is_demanded_by_every_way_in_from_the_very_next_request()
    {
        var (database, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        string[] ways = ["upsert", "create", "replace", "merge patch", "JSON Patch", "patch by POST", "new party", "party", "party's patch", "CSV", "lines", "update from CSV"];
        var partyIds = new Dictionary<string, long>();
        foreach (var way in ways)
        {
            (await owner.UpsertAsync(Contact(clientRef, way))).ShouldBe(HttpStatusCode.OK);
            partyIds[way] = await database.QueryAsync<long>("select party_id from contact where contact_ref = @way", new { way });
        }

        var made = (await owner.PatchAsync($"{Path}/notes", """{"mandatory":true,"nonEmpty":true}""")).ShouldBe(HttpStatusCode.OK);
        Assert.That(made.Header("X-Warnings"), Is.EqualTo("1 records_break_rule contact.notes"));
        Assert.That($"{made.Json["problems"]![0]!["message"]}", Does.StartWith($"{ways.Length} records break this already"));

        using (Assert.EnterMultipleScope())
        {
            foreach (var way in ways)
            {
                Assert.That(await SendAsync(way, null), Does.Match("(400|rejected) notes (field_missing|field_null|field_blank)"), way);
                Assert.That(await SendAsync(way, "given"), Does.Match("^(20[01]|succeeded)"), way);
            }
        }

        (await owner.PutAsync($"{Path}/notes", new JsonObject())).ShouldBe(HttpStatusCode.OK);
        foreach (var way in ways)
        {
            Assert.That(await SendAsync(way, null), Does.Match("^(20[01]|succeeded)"), way);
        }

        async Task<string> SendAsync(string way, string? notes)
        {
            var (contact, native, party) = (Contact(clientRef, way), $"/api/v1/clients/{clientRef}/contacts/{Uri.EscapeDataString(way)}", $"/api/parties/{partyIds[way]}");
            if (notes is not null)
            {
                contact["notes"] = notes;
            }

            var surname = TestDatabase.Unique("S");
            var answer = way switch
            {
                "upsert" => await owner.UpsertAsync(contact),
                "create" => await owner.PostAsync("/api/v1/contacts", contact.With("contactRef", TestDatabase.Unique("new"))),
                "replace" => await owner.PutAsync(native, contact),
                "merge patch" or "patch by POST" or "party's patch" => await owner.SendAsync(
                    way == "patch by POST" ? HttpMethod.Post : HttpMethod.Patch, way == "party's patch" ? party : native, Body(notes is null ? $$"""{"surname":"{{surname}}"}""" : $$"""{"surname":"{{surname}}","notes":"{{notes}}"}""")),
                "JSON Patch" => await owner.PatchAsync(native, notes is null ? $$"""[{"op":"add","path":"/surname","value":"{{surname}}"}]""" : $$"""[{"op":"add","path":"/notes","value":"{{notes}}"}]"""),
                "new party" => await owner.PostAsync("/api/parties", contact.With("contactRef", TestDatabase.Unique("new"))),
                "party" => await owner.PutAsync(party, contact),
                _ => null,
            };
            if (answer is not null)
            {
                return $"{(int)answer.Status} {string.Join(", ", answer.Json["problems"] is null ? [] : answer.Problems)}";
            }

            // Of an update only what the row has is judged: one that clears the field is refused.
            var import = await owner.ImportAsync(
                way switch
                {
                    "lines" => contact.ToJsonString() + "\n",
                    "CSV" => Csv(contact),
                    _ => $"clientRef,contactRef,notes\n{clientRef},{way},{notes ?? "#N/A"}\n",
                },
                way == "lines" ? TestImports.Ndjson : TestImports.Csv, way == "update from CSV" ? "operation=update" : "");
            return import.Counts().EndsWith(" 0", StringComparison.Ordinal) ? "succeeded" : (await owner.OutcomesAsync(import))[0].Split(' ', 2)[1];
        }
    }

    [Test]
    public async Task Clients_and_locations_have_requirements_too_and_a_default_fills_what_is_absent()
    {
        var (_, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        (await owner.PutAsync($"{Path}/client.notes", new JsonObject { ["mandatory"] = true, ["default"] = "none", ["maxLength"] = 10 })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Path}/location.postCode", new JsonObject { ["pattern"] = "^[A-Z]{1,2}[0-9]", ["nonEmpty"] = true })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Path}/contact.salutation", new JsonObject { ["default"] = "Mx", ["allowed"] = new JsonArray("Mx", "Mr") })).ShouldBe(HttpStatusCode.OK);
        var contact = Contact(clientRef, "C1");
        contact.Remove("salutation");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{(await owner.PutAsync("/api/v1/clients/new", new JsonObject())).ShouldBe(HttpStatusCode.Created).Data["notes"]}", Is.EqualTo("none"));
            Assert.That((await owner.PutAsync("/api/v1/clients/new", new JsonObject { ["notes"] = "far too long" })).ShouldFail(400, "field_too_long").Problems, Is.EqualTo(new[] { "notes field_too_long" }));
            (await owner.PatchAsync("/api/v1/clients/new", """{"notes":null}""")).ShouldFail(400, "field_null");
            (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L9", new JsonObject { ["postCode"] = "9" })).ShouldFail(400, "field_not_allowed");
            (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L9", new JsonObject { ["postCode"] = " " })).ShouldFail(400, "field_blank");
            (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L9", new JsonObject { ["postCode"] = "EX4" })).ShouldBe(HttpStatusCode.Created);
            (await owner.PutAsync($"/api/v1/clients/{clientRef}/locations/L8", new JsonObject())).ShouldBe(HttpStatusCode.Created);
            Assert.That($"{(await owner.UpsertAsync(contact, ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK).Data["salutation"]}", Is.EqualTo("Mx"));
            (await owner.UpsertAsync(contact.With("salutation", "Sir"))).ShouldFail(400, "field_not_allowed");
            Assert.That($"{(await owner.UpsertAsync(contact.With("salutation", "Mr"), ("Prefer", "return=representation"))).Data["salutation"]}", Is.EqualTo("Mr"));
        }

        contact.Remove("salutation");
        Assert.That($"{(await owner.UpsertAsync(contact, ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK).Data["salutation"]}", Is.EqualTo("Mr"), "what is stored stays");
        Assert.That((await owner.ImportAsync($"clientRef,contactRef,forename,surname,contact1,contact1Type,preferredContact,address1,address2,postCode\n{clientRef},C2,F,S,1,1,1,a,b,p\n")).Counts(), Is.EqualTo("1 0 0 0"), "a file need not have the column");
    }

    [Test]
    public async Task Empty_cells_and_what_is_stored_are_judged_like_what_is_sent()
    {
        var (_, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        var header = $"clientRef,contactRef,{TestImports.Columns},notes\n{clientRef},";
        (await owner.UpsertAsync(Contact(clientRef, "old").With("notes", "OLD"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Contact(clientRef, "none"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Path}/notes", new JsonObject { ["mandatory"] = true, ["pattern"] = "^[a-z]+$" })).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            var import = await owner.ImportAsync($"{header}empty,{TestImports.Cells},\n{clientRef},blank,{TestImports.Cells},  \n");
            Assert.That(await owner.OutcomesAsync(import), Is.All.EndsWith("rejected notes field_missing"));
            foreach (var contactRef in new[] { "old", "none" })
            {
                var row = (await owner.ImportAsync($"clientRef,contactRef,surname\n{clientRef},{contactRef},New\n"));
                Assert.That(await owner.OutcomesAsync(row), Is.All.Contains("rejected notes"), contactRef);
                Assert.That((int)(await owner.UpsertAsync(Contact(clientRef, contactRef).With("surname", "New"))).Status, Is.EqualTo(400), contactRef);
            }

            (await owner.PatchAsync($"{Path}/notes", """{"default":"dflt"}""")).ShouldBe(HttpStatusCode.OK);
            Assert.That((await owner.UpsertAsync(Contact(clientRef, "old").With("surname", "New"))).ShouldFail(400, "field_not_allowed").Problems, Is.EqualTo(new[] { "notes field_not_allowed" }));
            Assert.That($"{(await owner.UpsertAsync(Contact(clientRef, "none"), ("Prefer", "return=representation"))).ShouldBe(HttpStatusCode.OK).Data["notes"]}", Is.EqualTo("dflt"));
            Assert.That((await owner.ImportAsync($"{header}filled,{TestImports.Cells},\n")).Counts(), Is.EqualTo("1 0 0 0"));
            Assert.That(await owner.FieldAsync(clientRef, "filled", "notes"), Is.EqualTo("dflt"));
            (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/filled", """[{"op":"remove","path":"/notes"}]""")).ShouldFail(400, "field_null");
        }
    }

    [Test]
    public async Task What_a_contact_changes_of_its_location_keeps_the_location_s_rule_and_a_default_item_stays_active()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("L1")); // of usage type 2
        (await owner.PutAsync($"{Path}/location.usageTypeId", new JsonObject { ["allowed"] = new JsonArray("02") })).ShouldBe(HttpStatusCode.OK);
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact["locations"]![0]!["usageTypeId"] = 1;

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await owner.UpsertAsync(contact)).ShouldFail(400, "field_not_allowed").Problems, Is.EqualTo(new[] { "locations[0].usageTypeId field_not_allowed" }));
            (await owner.PostAsync("/api/parties", contact)).ShouldFail(400, "field_not_allowed");
            Assert.That((await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns},locationRef,isPreferred,usageTypeId\n{clientRef},C2,{TestImports.Cells},L1,true,1\n")).Counts(), Is.EqualTo("0 0 0 1"));
            contact["locations"]![0]!["usageTypeId"] = 2;
            (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);

            (await owner.PutAsync("/api/v1/admin/lists/contacttype/77", new JsonObject { ["name"] = "Odd" })).ShouldBe(HttpStatusCode.Created);
            (await owner.PutAsync($"{Path}/contact2Type", new JsonObject { ["default"] = "077" })).ShouldBe(HttpStatusCode.OK);
            Assert.That((await owner.PutAsync("/api/v1/admin/lists/contacttype/77", new JsonObject { ["name"] = "Odd", ["active"] = false })).ShouldFail(409, "list_item_in_use").Text("result_msg"), Does.Contain("contact.contact2Type"));
            (await owner.PutAsync($"{Path}/contact2Type", new JsonObject())).ShouldBe(HttpStatusCode.OK);
            (await owner.PutAsync("/api/v1/admin/lists/contacttype/77", new JsonObject { ["name"] = "Odd", ["active"] = false })).ShouldBe(HttpStatusCode.OK);
            (await owner.PutAsync($"{Path}/contact2Type", new JsonObject { ["allowed"] = new JsonArray("77") })).ShouldFail(400, "field_not_allowed");
        }
    }

    [Test]
    public async Task A_text_that_takes_too_long_to_match_is_refused_and_holds_nobody_up()
    {
        var (_, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        (await owner.PutAsync($"{Path}/considerations", new JsonObject { ["pattern"] = "(a?){4900}b(a?){4900}c" })).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Contact(clientRef, "C1").With("considerations", new string('a', 3990)))).ShouldFail(400, "field_not_allowed");
        (await owner.UpsertAsync(Contact(clientRef, "C1").With("considerations", "xbcx"))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Who_may_not_read_contacts_learns_nothing_of_them_from_a_rule()
    {
        var (database, owner, clientRef) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        (await owner.UpsertAsync(Contact(clientRef, "C1").With("notes", "Secret 471"))).ShouldBe(HttpStatusCode.OK);
        var (blind, seeing) = ((await TestSession.OpenAsync(database, 1, "integration:manage")).Client, (await TestSession.OpenAsync(database, 1, "integration:manage", "contact:read")).Client);

        Assert.That((await blind.PatchAsync($"{Path}/notes?dryRun=true", """{"pattern":"^Secret 3"}""")).ShouldBe(HttpStatusCode.OK).Json["problems"], Is.Null);
        Assert.That((await seeing.PatchAsync($"{Path}/notes?dryRun=true", """{"pattern":"^Secret 3"}""")).ShouldBe(HttpStatusCode.OK).Json["problems"]!.AsArray(), Has.Count.EqualTo(1));
    }

    [TestCase("notes", """{"maxLength":2,"allowed":["abc"]}""", "allowed[0] field_too_long")]
    [TestCase("notes", """{"pattern":"^z","allowed":["abc"]}""", "allowed[0] field_not_allowed")]
    [TestCase("contact1Type", """{"allowed":["1","4711"]}""", "allowed field_not_allowed")]
    [TestCase("notes", """{"maxLength":2001}""", "maxLength field_out_of_range")]
    [TestCase("notes", """{"maxLength":0}""", "maxLength field_out_of_range")]
    [TestCase("notes", """{"maxLength":"many"}""", "maxLength field_not_integer")]
    [TestCase("notes", """{"pattern":"("}""", "pattern field_not_allowed")]
    [TestCase("notes", """{"pattern":"(a)\\1"}""", "pattern field_not_allowed")]
    [TestCase("notes", """{"pattern":"(?=a)b"}""", "pattern field_not_allowed")]
    [TestCase("notes", """{"pattern":"((a{999}){999}){999}"}""", "pattern field_not_allowed")]
    [TestCase("notes", """{"default":"abc","maxLength":2}""", "default field_too_long")]
    [TestCase("notes", """{"default":"abc","pattern":"^[0-9]+$"}""", "default field_not_allowed")]
    [TestCase("notes", """{"default":"abc","allowed":["x"]}""", "default field_not_allowed")]
    [TestCase("notes", """{"default":" ","nonEmpty":true}""", "default field_blank")]
    [TestCase("notes", """{"allowed":["x",null]}""", "allowed[1] field_wrong_type")]
    [TestCase("notes", """{"allowed":"x"}""", "allowed field_wrong_type")]
    [TestCase("notes", """{"hidden":true,"mandatory":true}""", "hidden field_not_allowed")]
    [TestCase("surname", """{"hidden":true}""", "hidden field_not_allowed")]
    [TestCase("contactRef", """{"maxLength":5}""", "maxLength field_not_allowed")]
    [TestCase("clientRef", """{"mandatory":true,"default":"x"}""", "mandatory field_not_allowed")]
    [TestCase("client.id", """{"hidden":true}""", "hidden field_not_allowed")]
    [TestCase("contact1Type", """{"pattern":"1"}""", "pattern field_not_allowed")]
    [TestCase("contact1Type", """{"allowed":["x"]}""", "allowed[0] field_not_integer")]
    [TestCase("contact1Type", """{"default":"999"}""", "default field_not_allowed")]
    [TestCase("notes", """{"colour":"red"}""", "colour unknown_field")]
    [TestCase("notes", """{"field":"contact.surname"}""", "field field_read_only")]
    public async Task What_cannot_be_demanded_is_refused_and_nothing_changes(string field, string patch, string problem)
    {
        var (database, owner, _) = await Shared.Value;

        Assert.That((await owner.PatchAsync($"{Path}/{field}", patch)).ShouldBe(HttpStatusCode.BadRequest).Problems, Does.Contain(problem));

        Assert.That(await database.QueryAsync<int>("select count(*)::int from field_requirement"), Is.Zero);
    }

    [Test]
    public async Task Long_texts_rubbish_and_unknown_fields_are_refused()
    {
        var (_, owner, _) = await Shared.Value;
        (await owner.PutAsync($"{Path}/notes", new JsonObject { ["description"] = new string('x', 10_000) })).ShouldFail(400, "field_too_long");
        (await owner.PutAsync($"{Path}/notes", new JsonObject { ["pattern"] = new string('x', 201) })).ShouldFail(400, "field_too_long");
        (await owner.PatchAsync($"{Path}/notes", "[]x")).ShouldFail(400, "invalid_json");
        foreach (var name in new[] { "colour", "contact.colour", "colour.notes", "Notes", "contact.", ".notes", "%20", "select" })
        {
            (await owner.PatchAsync($"{Path}/{name}", "{}")).ShouldFail(404, "field_not_found");
        }
    }

    [Test]
    public async Task Two_administrators_do_not_overwrite_each_other_and_every_change_is_audited()
    {
        var (database, owner, _) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        Assert.That((await owner.GetAsync($"{Path}/notes")).ShouldBe(HttpStatusCode.OK).Header("ETag"), Is.EqualTo("\"0\""));

        var both = await Task.WhenAll(new[] { 100, 200 }.Select(length => owner.PatchAsync($"{Path}/notes", $$"""{"maxLength":{{length}}}""", ("If-Match", "\"0\""))));
        var trial = (await owner.PatchAsync($"{Path}/notes?dryRun=true", """{"mandatory":true}""")).ShouldBe(HttpStatusCode.OK);
        var read = (await owner.GetAsync($"{Path}/contact.notes")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(both.Select(answer => (int)answer.Status).Order(), Is.EqualTo(new[] { 200, 412 }));
            Assert.That(read.Header("ETag"), Is.EqualTo("\"1\""));
            Assert.That(trial.Json["changes"]!.ToJsonString(), Is.EqualTo("""{"mandatory":[false,true]}"""));
            Assert.That(await database.QueryAsync<string>("select record_type || ' ' || record_ref || ' ' || outcome from audit_entry where record_type = 'field_requirement' and outcome = 'updated'"), Is.EqualTo("field_requirement contact.notes updated"));
        }
    }

    [Test]
    public async Task It_needs_the_management_of_integrations_and_is_the_database_s_own()
    {
        var (database, owner, _) = await PrepareAsync(await ServiceUnderTest.AddDatabaseAsync());
        var manager = (await TestSession.OpenAsync(database, 1, "integration:manage")).Client;
        (await (await TestSession.OpenAsync(database, 9, "contact:edit", "admin")).Client.PatchAsync($"{Path}/notes", "{}")).ShouldFail(403, "forbidden");
        (await manager.PatchAsync($"{Path}/notes", """{"mandatory":true}""")).ShouldBe(HttpStatusCode.OK);
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        Assert.That((bool)(await stranger.GetAsync($"{Path}/notes")).ShouldBe(HttpStatusCode.OK).Data["mandatory"]!, Is.False);
        (await stranger.PatchAsync($"{Path}/notes", "{}", ("x-database", database.Name))).ShouldFail(401, "not_authenticated");
        (await owner.PutAsync($"{Path}/notes", new JsonObject())).ShouldBe(HttpStatusCode.OK);
    }

    /// <summary>With <c>CRM_RULE_CHANGES=1000</c> that many changes are made.</summary>
    [Test]
    public async Task Another_replica_judges_by_a_change_as_soon_as_it_hears_of_it_whoever_writes_meanwhile()
    {
        var changes = int.TryParse(Environment.GetEnvironmentVariable("CRM_RULE_CHANGES"), System.Globalization.CultureInfo.InvariantCulture, out var asked) ? asked : 40;
        await using var one = await GuardedService.StartAsync();
        await using var other = await one.StartAnotherAsync();
        await one.Database.ExecuteAsync("insert into list_item (list, id, name, rank, active) select 'contacttype', id, '', id, true from generate_series(1, 20) id on conflict do nothing");
        var clientRef = await one.Database.AddClientAsync();
        var key = (await one.Database.AddKeyAsync()).AccessKey;
        var (admin, writer) = (new ApiClient(key, one.Url), new ApiClient(key, other.Url));
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.That((int)(await writer.UpsertAsync(Contact(clientRef, $"W{i}"))).Status, Is.AnyOf(200, 400));
            }
        })).ToArray();

        var heard = new List<TimeSpan>();
        for (var i = 0; i < changes; i++)
        {
            var isMandatory = i % 2 == 0;
            (await admin.PatchAsync($"{Path}/notes", $$"""{"mandatory":{{(isMandatory ? "true" : "false")}}}""")).ShouldBe(HttpStatusCode.OK);
            Assert.That((int)(await admin.UpsertAsync(Contact(clientRef, "same"))).Status, Is.EqualTo(isMandatory ? 400 : 200), "the replica that changed it, at once");
            var since = System.Diagnostics.Stopwatch.GetTimestamp();
            while ((int)(await writer.UpsertAsync(Contact(clientRef, "other"))).Status != (isMandatory ? 400 : 200))
            {
                Assert.That(System.Diagnostics.Stopwatch.GetElapsedTime(since), Is.LessThan(TimeSpan.FromSeconds(10)));
            }

            heard.Add(System.Diagnostics.Stopwatch.GetElapsedTime(since));
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        heard.Sort();
        await TestContext.Out.WriteLineAsync($"of {changes} changes, half were heard of within {heard[changes / 2].TotalMilliseconds:0} ms, 99 % within {heard[changes * 99 / 100].TotalMilliseconds:0} ms, all within {heard[^1].TotalMilliseconds:0} ms"); // the last request included
    }

    private static readonly Lazy<Task<(TestDatabase Database, ApiClient Owner, string ClientRef)>> Shared = new(async () => await PrepareAsync(await ServiceUnderTest.AddSharedDatabaseAsync()));

    private static async Task<(TestDatabase Database, ApiClient Owner, string ClientRef)> PrepareAsync(TestDatabase database)
    {
        return (database, await database.OwnerAsync(), await database.AddClientAsync());
    }

    private static JsonObject Contact(string clientRef, string contactRef)
    {
        var contact = Sample.Contact(clientRef, contactRef);
        contact.Remove("notes");
        contact.Remove("locations");
        return contact;
    }

    private static string Csv(JsonObject contact) =>
        string.Join(',', contact.Select(member => member.Key)) + "\n" + string.Join(',', contact.Select(member => $"\"{member.Value}\"")) + "\n";

    private static StringContent Body(string json) => new(json, System.Text.Encoding.UTF8, "application/json");
}
