using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports.UndoImport;

/// <summary>An undo gives back what an import changed, and keeps what somebody else changed since.</summary>
public sealed class UndoImportTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Created_contacts_are_archived_changed_ones_are_as_before_and_later_edits_are_kept()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2", "L3");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "changed", "L1").With("notes", "before"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "edited"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "loser", "L2"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "archived"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"/api/v1/clients/{clientRef}/contacts/archived/archive", "")).ShouldBe(HttpStatusCode.OK);
        var before = await DumpAsync(clientRef);
        var import = await owner.ImportAsync($"""
            clientRef,contactRef,{TestImports.Columns},notes,locationRef,isPreferred,startDate,usageTypeId
            {clientRef},created,{TestImports.Cells},,L2,true,,
            {clientRef},changed,Mr,John,Changed,0123,1,1,A,B,C,after,L1,false,2026-01-01,
            {clientRef},edited,Mr,John,Changed,0123,1,1,A,B,C,,,,,
            {clientRef},changed,Mr,John,Twice,0123,1,1,A,B,C,,L3,true,,1
            {clientRef},archived,{TestImports.Cells},,,,,
            """);
        (await owner.PatchAsync($"/api/v1/clients/{clientRef}/contacts/edited", """{"notes":"by hand"}""")).ShouldBe(HttpStatusCode.OK);

        var trial = await UndoAsync(owner, import, "?dryRun=true");
        var untouched = await DumpAsync(clientRef);
        var undo = await UndoAsync(owner, import);
        var after = await DumpAsync(clientRef);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("1 4 0 0"));
            Assert.That(trial.Counts(), Is.EqualTo(undo.Counts()));
            Assert.That(untouched, Does.Contain("Twice"), "the dry run gave nothing back");
            Assert.That($"{undo["state"]} {undo.Counts()} {undo["undoOf"]}", Is.EqualTo($"completed 0 5 0 1 {import.Id()}"));
            Assert.That((await owner.ResultsAsync(undo, "outcome=rejected")).Select(result => $"{result["contactRef"]} {result["problems"]![0]!["code"]}"), Is.EqualTo(new[] { "edited changed_since" }));
            Assert.That(Without(after, "created", "edited"), Is.EqualTo(Without(before, "edited")));
            (await owner.ReadAsync(clientRef, "created")).ShouldFail(404, "contact_not_found");
            Assert.That(await owner.FieldAsync(clientRef, "edited", "surname"), Is.EqualTo("Changed"));
            Assert.That((await owner.GetAsync($"/api/v1/imports/{import.Id()}")).Data["state"]!.GetValue<string>(), Is.EqualTo("undone"));
            Assert.That((await owner.AuditAsync(clientRef, "changed"))[0]!["importId"]!.GetValue<string>(), Is.EqualTo(undo.Id()));
            (await owner.PostAsync($"/api/v1/imports/{import.Id()}/undo", "")).ShouldFail(409, "import_over");
            (await owner.PostAsync($"/api/v1/imports/{undo.Id()}/undo", "")).ShouldFail(409, "import_over");
            (await owner.GetAsync($"/api/v1/imports/{undo.Id()}/rejects")).ShouldFail(409, "import_without_file");
        }
    }

    [Test]
    public async Task A_location_that_a_third_contact_took_stays_with_it()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "first", "L1"))).ShouldBe(HttpStatusCode.OK);
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns},locationRef,isPreferred\n{clientRef},second,{TestImports.Cells},L1,true\n");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "third", "L1"))).ShouldBe(HttpStatusCode.OK);

        var undo = await UndoAsync(owner, import);

        var location = (await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1")).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(location["preferredContactRef"]!.GetValue<string>(), Is.EqualTo("third"));
            Assert.That(undo["rowsRejected"]!.GetValue<int>(), Is.EqualTo(1), "second lost the location to third since");
        }
    }

    [Test]
    public async Task Imports_of_the_same_contacts_are_undone_the_latest_first()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var header = $"clientRef,contactRef,{TestImports.Columns}\n";
        var first = await owner.ImportAsync($"{header}{clientRef},A,{TestImports.Cells}\n{clientRef},B,{TestImports.Cells}\n");
        var second = await owner.ImportAsync($"{header}{clientRef},A,{TestImports.Cells.Replace("Test", "Second", StringComparison.Ordinal)}\n");
        var third = await owner.ImportAsync($"{header}{clientRef},B,{TestImports.Cells.Replace("Test", "Third", StringComparison.Ordinal)}\n");

        var undoOfSecond = await UndoAsync(owner, second);
        var undoOfFirst = await UndoAsync(owner, first);
        var undoOfThird = await UndoAsync(owner, third);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(undoOfSecond.Counts(), Is.EqualTo("0 1 0 0"));
            Assert.That(undoOfFirst.Counts(), Is.EqualTo("0 1 0 1"), "the third stands");
            Assert.That((await owner.ResultsAsync(undoOfFirst, "outcome=rejected")).Select(result => $"{result["contactRef"]} {result["problems"]![0]!["code"]}"), Is.EqualTo(new[] { "B changed_since" }));
            Assert.That(undoOfThird.Counts(), Is.EqualTo("0 1 0 0"));
            (await owner.ReadAsync(clientRef, "A")).ShouldFail(404, "contact_not_found");
            Assert.That(await owner.FieldAsync(clientRef, "B", "surname"), Is.EqualTo("Test"));
        }
    }

    [Test]
    public async Task A_dry_run_names_all_that_would_be_given_back_and_a_mistyped_one_is_refused()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A"))).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"/api/v1/clients/{clientRef}/contacts/A/archive", "")).ShouldBe(HttpStatusCode.OK);
        var import = await owner.ImportAsync($"clientRef,contactRef,surname\n{clientRef},A,Back\n");

        (await owner.PostAsync($"/api/v1/imports/{import.Id()}/undo?dryRunn=true", "")).ShouldFail(400, "invalid_parameter");
        var trial = await UndoAsync(owner, import, "?dryRun=true");

        Assert.That((await owner.ResultsAsync(trial)).Single()["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Back","Test"],"archived":[false,true]}"""));
    }

    [Test]
    public async Task Of_many_undos_at_once_one_is_carried_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{string.Concat(Enumerable.Range(0, 450).Select(i => $"{clientRef},C{i},{TestImports.Cells}\n"))}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => owner.PostAsync($"/api/v1/imports/{import.Id()}/undo", "", ("Prefer", "respond-sync"))));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.OK), Is.EqualTo(1));
            Assert.That(answers.Where(answer => answer.Status != HttpStatusCode.OK).Select(answer => answer.Text("code")), Is.All.EqualTo("import_over"));
            Assert.That(await Database.QueryAsync<int>("select count(*)::integer from contact where client_ref = @clientRef and live is null", new { clientRef }), Is.EqualTo(450));
        }
    }

    [Test]
    public async Task It_needs_the_permissions_of_what_it_does_and_an_import_that_is_over()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n");
        var editor = (await TestSession.OpenAsync(Database, 1, "contact:read", "contact:edit")).Client;
        var adder = (await TestSession.OpenAsync(Database, 1, "contact:read", "contact:add")).Client;

        var undo = await UndoAsync(editor, import);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((await owner.ResultsAsync(undo)).Select(result => $"{result["outcome"]} {result["problems"]![0]!["code"]}"), Is.EqualTo(new[] { "rejected forbidden" }));
            (await adder.PostAsync($"/api/v1/imports/{import.Id()}/undo", "")).ShouldFail(403, "forbidden");
            (await (await ServiceUnderTest.B.OwnerAsync()).PostAsync($"/api/v1/imports/{import.Id()}/undo", "")).ShouldFail(404, "import_not_found");
            var trial = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n", query: "dryRun=true");
            (await owner.PostAsync($"/api/v1/imports/{trial.Id()}/undo", "")).ShouldFail(409, "import_over");
        }
    }

    private static async Task<JsonObject> UndoAsync(ApiClient client, JsonObject import, string query = "") =>
        (await client.PostAsync($"/api/v1/imports/{import.Id()}/undo{query}", "", ("Prefer", "respond-sync"))).ShouldBe(HttpStatusCode.OK).Data;

    // All of the client's contacts, associations and locations, but for versions and times.
    private static Task<string> DumpAsync(string clientRef) => Database.QueryAsync<string>(
        """
        select coalesce(string_agg(line, E'\n' order by line), '') from (
            select 'contact ' || contact_ref || ' ' || (to_jsonb(c) - '{version,created_at,updated_at,updated_by,archived_at,party_id}'::text[])::text as line from contact c where client_ref = @clientRef
            union all select 'contact ' || contact_ref || ' at ' || to_jsonb(l)::text from contact_location l where client_ref = @clientRef
            union all select 'location ' || location_ref || ' ' || coalesce(usage_type_id, 0) from location where client_ref = @clientRef
        ) lines
        """,
        new { clientRef });

    private static string Without(string dump, params string[] contactRefs) =>
        string.Join('\n', dump.Split('\n').Where(line => !contactRefs.Any(contactRef => line.StartsWith($"contact {contactRef} ", StringComparison.Ordinal))));
}
