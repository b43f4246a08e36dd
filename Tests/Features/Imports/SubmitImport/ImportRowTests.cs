using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports.SubmitImport;

/// <summary>What a row of an import means.</summary>
public sealed class ImportRowTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_contact_that_is_in_the_file_a_thousand_times_is_written_in_the_order_of_its_rows([Values("partial", "atomic")] string mode)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var rows = Enumerable.Range(0, 1000).Select(i => $"{clientRef},{(i % 10 == 9 ? $"C{i}" : "C0")},{TestImports.Cells.Replace("Test", $"S{i}", StringComparison.Ordinal)},{(i % 100 == 9 ? "L1,true" : ",")}\n");

        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns},locationRef,isPreferred\n{string.Concat(rows)}", query: $"mode={mode}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("101 899 0 0"));
            Assert.That(await owner.FieldAsync(clientRef, "C0", "surname"), Is.EqualTo("S998"));
            Assert.That(
                await Database.QueryAsync<bool>(
                    """
                    select bool_and((changes #>> '{surname,0}') is not distinct from before)
                    from (select changes, lag(changes #>> '{surname,1}') over (order by id) as before from audit_entry where client_ref = @clientRef and contact_ref = 'C0') entries
                    """,
                    new { clientRef }),
                Is.True);
            Assert.That((await owner.GetAsync($"/api/v1/clients/{clientRef}/locations/L1")).Data["preferredContactRef"]!.GetValue<string>(), Is.EqualTo("C909"));
        }
    }

    [Test]
    public async Task Good_rows_come_in_and_bad_rows_are_named_by_line_column_and_value()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");
        var csv = $"""
            clientRef,contactRef,{TestImports.Columns},location_ref,End Date,Remarks
            {clientRef},A,{TestImports.Cells},L1,,x
            {clientRef},,{TestImports.Cells},,,
            {clientRef},B,Mr,John,Test,0123,telefone,9,A,B,C,L9,31/02/2026,
            nobody,C,{TestImports.Cells},,,
            {clientRef},D,too,few
            {clientRef},E,{TestImports.Cells},L1,,
            """;

        var import = await owner.ImportAsync(csv);

        var results = await owner.ResultsAsync(import);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("2 0 0 4"));
            Assert.That(await owner.OutcomesAsync(import), Is.EqualTo(new[]
            {
                "2 created",
                "3 rejected contactRef field_missing",
                "4 rejected contact1Type field_not_integer, preferredContact field_out_of_range, locations[0].endDate field_not_date",
                "5 rejected clientRef unknown_client",
                "6 rejected  malformed_row",
                "7 created",
            }));
            Assert.That(results[2]["problems"]![0]!.ToJsonString(), Does.Contain("\"column\":\"contact1Type\",\"value\":\"telefone\""));
            Assert.That(results[2]["problems"]![2]!["column"]!.GetValue<string>(), Is.EqualTo("End Date"));
            Assert.That(results[0]["changes"]!["surname"]!.ToJsonString(), Is.EqualTo("[null,\"Test\"]"));
            Assert.That(import["warnings"]!.AsArray().Select(warning => $"{warning!["code"]} {warning["field"]}"), Is.EqualTo(new[] { "column_ignored Remarks" }));
            Assert.That(import["rejects"]!.AsArray().Select(kind => $"{kind!["code"]} {kind["rows"]} {kind["line"]}"), Is.SupersetOf(new[] { "malformed_row 1 6", "unknown_client 1 5" }));
            Assert.That((await owner.AuditAsync(clientRef, "A"))[0]!["importId"]!.GetValue<string>(), Is.EqualTo(import.Id()));
        }
    }

    [Test]
    public async Task An_empty_cell_keeps_what_is_stored_unless_it_is_to_clear()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A").With("notes", "stored").With("address3", "stored"))).ShouldBe(HttpStatusCode.OK);
        var csv = $"clientRef,contactRef,{TestImports.Columns},notes,address3\n{clientRef},A,,,New,,,,,,,,#N/A\n";

        var kept = await owner.ImportAsync(csv);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(kept.Counts(), Is.EqualTo("0 1 0 0"));
            Assert.That((await owner.ResultsAsync(kept))[0]["changes"]!.ToJsonString(), Is.EqualTo("""{"surname":["Test","New"],"address3":["stored",null]}"""));
            Assert.That((await owner.ImportAsync($"clientRef,contactRef,notes\n{clientRef},A,\n", query: "operation=update&blank=clear")).Counts(), Is.EqualTo("0 1 0 0"));
            Assert.That(await owner.FieldAsync(clientRef, "A", "notes"), Is.EqualTo("null"));
        }
    }

    [Test]
    public async Task A_new_contact_has_empty_texts_where_cells_are_empty_and_lacks_other_fields()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,Mr,,Test,,1,1,,,\n{clientRef},B,Mr,,Test,,,1,,,\n");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.OutcomesAsync(import), Is.EqualTo(new[] { "2 created", "3 rejected contact1Type field_missing" }));
            Assert.That(await owner.FieldAsync(clientRef, "A", "address1"), Is.Empty);
        }
    }

    [Test]
    public async Task Create_rejects_what_is_there_and_update_what_is_not()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A"))).ShouldBe(HttpStatusCode.OK);

        var created = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n{clientRef},B,{TestImports.Cells}\n", query: "operation=create");
        var updated = await owner.ImportAsync($$"""
            {"clientRef":"{{clientRef}}","contactRef":"A","surname":"New"}
            {"clientRef":"{{clientRef}}","contactRef":"C","surname":"New"}
            {"clientRef":"{{clientRef}}","contactRef":"A","surname":"New"}
            """, TestImports.Ndjson, "operation=update");
        var upserted = await owner.ImportAsync($$"""{"clientRef":"{{clientRef}}","contactRef":"A","surname":"Newer"}""", TestImports.Ndjson);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.OutcomesAsync(created), Is.EqualTo(new[] { "2 rejected  contact_exists", "3 created" }));
            Assert.That(await owner.OutcomesAsync(updated), Is.EqualTo(new[] { "1 updated", "2 rejected  contact_not_found", "3 unchanged" }));
            Assert.That(upserted.Counts(), Is.EqualTo("0 0 0 1"), "JSON is as for a single upsert: mandatory fields are missing");
            Assert.That(await owner.FieldAsync(clientRef, "A", "surname"), Is.EqualTo("New"));
        }
    }

    [Test]
    public async Task Neighbouring_rows_of_one_contact_are_its_locations()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1", "L2", "L3");
        var import = await owner.ImportAsync($"""
            clientRef,contactRef,{TestImports.Columns},locationRef,isPreferred,locations[1].locationRef
            {clientRef},A,{TestImports.Cells},L1,1,
            {clientRef},A,{TestImports.Cells},L2,,L3
            {clientRef},B,{TestImports.Cells},L2,yes,
            """);

        var locations = (await owner.ReadAsync(clientRef, "A")).Data["locations"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("3 0 0 0"));
            Assert.That((await owner.ResultsAsync(import))[1]["sameContactAs"]!.GetValue<int>(), Is.EqualTo(2));
            Assert.That(locations.Select(location => $"{location!["locationRef"]} {location["isPreferred"]}"), Is.EqualTo(new[] { "L1 true", "L2 false", "L3 false" }));
            Assert.That((await owner.ReadAsync(clientRef, "A")).Data["version"]!.GetValue<int>(), Is.EqualTo(1));
        }
    }

    [TestCase("last", "2 created, 3 created, 4 updated, 5 unchanged", "Second")]
    [TestCase("first", "2 created, 3 created, 4 rejected contactRef duplicate_row, 5 rejected contactRef duplicate_row", "First")]
    [TestCase("reject", "2 rejected contactRef duplicate_row, 3 created, 4 rejected contactRef duplicate_row, 5 rejected contactRef duplicate_row", null)]
    public async Task A_contact_that_stands_in_the_file_again_is_treated_as_asked(string onDuplicate, string outcomes, string? surname)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (first, second) = (TestImports.Cells.Replace("Test", "First", StringComparison.Ordinal), TestImports.Cells.Replace("Test", "Second", StringComparison.Ordinal));

        var import = await owner.ImportAsync($"""
            clientRef,contactRef,{TestImports.Columns}
            {clientRef},A,{first}
            {clientRef},B,{first}
            {clientRef},A,{second}
            {clientRef},A,{second}
            """, query: $"onDuplicate={onDuplicate}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(string.Join(", ", await owner.OutcomesAsync(import)), Is.EqualTo(outcomes));
            if (surname is not null)
            {
                Assert.That(await owner.FieldAsync(clientRef, "A", "surname"), Is.EqualTo(surname));
            }
        }
    }

    [Test]
    public async Task List_items_may_be_named_and_values_columns_and_days_be_mapped()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync("L1");
        await database.ExecuteAsync("insert into list_item (list, id, name, rank) values ('contacttype', 71, 'Pager', 71), ('contacttype', 72, 'Twin', 72), ('contacttype', 73, 'twin', 73)");
        var mapping = Uri.EscapeDataString("""{"Nachname":"surname","Weg":null,"constants":{"salutation":"Frau","preferredContact":1},"values":{"contact2Type":{"Piepser":71}},"dateFormat":"dd.MM.yyyy"}""");

        var csv = await owner.ImportAsync($"""
            clientRef;contactRef;forename;Nachname;contact1;contact1Type;contact2Type;address1;address2;postCode;Weg;locationRef;startDate
            {clientRef};A;Eva;Muster;1;pager;Piepser;1;2;3;x;L1;05.11.2026
            {clientRef};B;Eva;Muster;1;Twin;;1;2;3;x;;
            {clientRef};C;Eva;Muster;1;Fax;;1;2;3;x;L1;11/05/2026
            """, query: $"mapping={mapping}");
        var json = await owner.ImportAsync($$"""
            {"clientRef":"{{clientRef}}","contactRef":"D","forename":"Eva","Nachname":"Muster","contact1":"1","contact1Type":"Pager","contact2Type":"Piepser","address1":"1","address2":"2","postCode":"3","locations":[{"locationRef":"L1","isPreferred":false,"startDate":"05.11.2026"}]}
            {"clientRef":"{{clientRef}}","contactRef":"E","forename":"Eva","Nachname":"Muster","contact1":"1","contact1Type":"twin","address1":"1","address2":"2","postCode":"3"}
            """, TestImports.Ndjson, $"mapping={mapping}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.OutcomesAsync(csv), Is.EqualTo(new[] { "2 created", "3 rejected contact1Type ambiguous_list_item", "4 rejected contact1Type field_not_integer, locations[0].startDate field_not_date" }));
            Assert.That(await owner.OutcomesAsync(json), Is.EqualTo(new[] { "1 created", "2 rejected contact1Type ambiguous_list_item" }));
            foreach (var contactRef in new[] { "A", "D" })
            {
                var contact = (await owner.ReadAsync(clientRef, contactRef)).Data;
                Assert.That($"{contact["salutation"]} {contact["surname"]} {contact["contact1Type"]} {contact["contact2Type"]} {contact["locations"]![0]!["startDate"]}", Is.EqualTo("Frau Muster 71 71 2026-11-05"));
            }

            Assert.That((await owner.ResultsAsync(csv))[1]["problems"]![0]!["message"]!.GetValue<string>(), Does.Contain("72 and 73"));
        }
    }

    [Test]
    public async Task A_row_may_name_the_version_it_is_meant_for()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A"))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "B"))).ShouldBe(HttpStatusCode.OK);

        var csv = await owner.ImportAsync($"clientRef,contactRef,surname,version\n{clientRef},A,New,1\n{clientRef},B,New,7\n{clientRef},B,New,x\n{clientRef},B,Newer,\n", query: "operation=update");
        var json = await owner.ImportAsync($$"""
            {"clientRef":"{{clientRef}}","contactRef":"A","surname":"Newest","version":1}
            {"clientRef":"{{clientRef}}","contactRef":"A","surname":"Newest","version":"2"}
            """, TestImports.Ndjson, "operation=update");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.OutcomesAsync(csv), Is.EqualTo(new[] { "2 updated", "3 rejected  precondition_failed", "4 rejected version field_not_integer", "5 updated" }));
            Assert.That(await owner.OutcomesAsync(json), Is.EqualTo(new[] { "1 rejected  precondition_failed", "2 updated" }));
        }
    }

    [Test]
    public async Task A_missing_quote_costs_the_line_it_stands_in()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($""""
            clientRef,contactRef,{TestImports.Columns},notes
            {clientRef},A,{TestImports.Cells},12" and 5'10"
            {clientRef},B,{TestImports.Cells},"never closed
            {clientRef},C,{TestImports.Cells},"two
            lines"
            {clientRef},D,{TestImports.Cells},"a ""quote"""
            {clientRef},E,{TestImports.Cells},"closed" too early
            {clientRef},F,{TestImports.Cells},
            """");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await owner.OutcomesAsync(import), Is.EqualTo(new[] { "2 created", "3 rejected  malformed_row", "4 created", "6 created", "7 rejected  malformed_row", "8 created" }));
            Assert.That(await owner.FieldAsync(clientRef, "A", "notes"), Is.EqualTo("12\" and 5'10\""));
            Assert.That(await owner.FieldAsync(clientRef, "C", "notes"), Is.EqualTo("two\nlines"));
        }
    }

    [Test]
    public async Task A_bad_line_of_ndjson_costs_that_line_and_a_broken_array_ends_there()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        string Contact(string contactRef) => Sample.Contact(clientRef, contactRef).ToJsonString();

        var lines = await owner.ImportAsync($"{Contact("A")}\n{{\"a\":\n[]\n{new string('x', 1_100_000)}\n{{\"clientRef\":\"\\ud800\"}}\n{Contact("B")}", TestImports.Ndjson);
        var array = await owner.ImportAsync($"[{Contact("C")},\n{Contact("D")},\n{{\"a\":}}, {Contact("E")}]", "application/json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines.Counts(), Is.EqualTo("2 0 0 4"));
            Assert.That((await owner.OutcomesAsync(lines))[..4], Is.EqualTo(new[] { "1 created", "2 rejected  invalid_json", "3 rejected  invalid_json", "4 rejected  row_too_large" }));
            Assert.That($"{array["state"]} {array.Counts()} {array["problems"]![0]!["code"]} {array["problems"]![0]!["line"]}", Is.EqualTo("failed 2 0 0 0 invalid_file 3"));
        }
    }

    [Test]
    public async Task Unknown_properties_are_warnings_or_rejections_as_the_account_says()
    {
        var clientRef = await Database.AddClientAsync();
        var (lenient, strict) = (await TestSession.OpenAsync(Database), await TestSession.OpenAsync(Database));
        await Database.ExecuteAsync("update account set strict_fields = true where op_id = @OpId", new { strict.OpId });
        var row = Sample.Contact(clientRef, "A").With("sirname", "x").With("_reject", new JsonObject()).ToJsonString();

        var ignored = await lenient.Client.ImportAsync(row, TestImports.Ndjson);
        var refused = await strict.Client.ImportAsync(row, TestImports.Ndjson);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(ignored.Counts(), Is.EqualTo("1 0 0 0"));
            Assert.That(await strict.Client.OutcomesAsync(refused), Is.EqualTo(new[] { "1 rejected sirname unknown_field" }));
        }
    }

    [Test]
    public async Task Rows_need_the_permissions_of_single_upserts()
    {
        var clientRef = await Database.AddClientAsync();
        var owner = await Database.OwnerAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "A"))).ShouldBe(HttpStatusCode.OK);
        var adder = (await TestSession.OpenAsync(Database, 1, "contact:add")).Client;
        var reader = (await TestSession.OpenAsync(Database, 1, "contact:read")).Client;
        var csv = $"clientRef,contactRef,{TestImports.Columns}\n{clientRef},A,{TestImports.Cells}\n{clientRef},B,{TestImports.Cells}\n";

        var import = await adder.ImportAsync(csv);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(await adder.OutcomesAsync(import), Is.EqualTo(new[] { "2 rejected  forbidden", "3 created" }));
            Assert.That((await adder.ResultsAsync(import))[1]["changes"], Is.Null, "who may only write is not shown what is stored");
            (await reader.SubmitAsync(csv)).ShouldFail(403, "forbidden");
            (await reader.GetAsync($"/api/v1/imports/{import.Id()}")).ShouldBe(HttpStatusCode.OK);
            (await (await TestSession.OpenAsync(Database, 1, "contact:add")).Client.GetAsync($"/api/v1/imports/{import.Id()}")).ShouldFail(404, "import_not_found");
            (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"/api/v1/imports/{import.Id()}")).ShouldFail(404, "import_not_found");
        }
    }
}
