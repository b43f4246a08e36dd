using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Features.Accounts;
using CrmImport.Features.Activities;
using CrmImport.Features.Clients;
using CrmImport.Features.Contacts;
using CrmImport.Features.Integrations;
using CrmImport.Features.Locations;
using CrmImport.Features.Settings;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Tests.Features;

/// <summary>Whatever a read advertises it also selects: of records that have a value everywhere, no read returns an empty property.</summary>
public sealed class ReadModelTests
{
    private const string Everything =
        """
        update client set address1 = 'a', address2 = 'b', address3 = 'c', address4 = 'd', post_code = 'p', notes = 'n' where client_ref = @clientRef;
        update location set name = 'n', address1 = 'a', address2 = 'b', address3 = 'c', address4 = 'd', post_code = 'p' where client_ref = @clientRef;
        update account set permissions = '{contact:read}', strict_fields = true, created_by = 'test', updated_by = 'test' where op_id = @OpId;
        update access_key set expires_at = '2099-01-01', last_used_at = now(), revoked_at = now(), revoked_by = 'test' where key_id = @KeyId;
        insert into list_item (list, id, name, rank) values ('everything', 1, 'n', 1);
        insert into field_requirement values ('client.name', true, true, 9, '^.', '{Test}', 'Test', 'l', 'd', true, 2, now(), 'test', now(), 'test');
        update database_setting set require_version = true, strict_fields = true, allow_delete = true, default_client_ref = 'c', created_by = 'test', updated_by = 'test';
        insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, contact_ref, location_ref, record_ref, changes, import_id, trace_id)
        values (now(), 'a', 'human', '::1', 'PUT', '/', 200, 'updated', 'contact', 'everything', 'C1', 'L1', 'r', '{"a":[1,2]}', gen_random_uuid(), 't');
        insert into import (
            import_id, account_id, account, caller, name, file_name, format, options, state, created_at, started_at, bytes, sha256, next_offset, next_line,
            rows_read, rows_created, rows_updated, rows_unchanged, rows_rejected, keys_changed, rejects, problems, warnings, undo_of, undone_by, claimed_until)
        values (
            @ImportId, 1, 'a', '{}', 'n', 'f', 'csv',
            '{"dryRun":true,"maxRejects":1,"maxRejectsPercent":1,"delimiter":",","encoding":"utf-8","sheet":"s","mapping":{"a":"surname"}}',
            'running', now(), now() - interval '1 hour', 10, 'x', 5, 2, 100000, 1, 2, 3, 4, 5,
            '[{"code":"c","field":"f","rows":1,"line":2,"message":"m"}]', '[{"code":"c","field":"f","line":2,"message":"m"}]', '[{"code":"c","field":"f","line":2,"message":"m"}]',
            gen_random_uuid(), gen_random_uuid(), 'infinity')
        """;

    /// <summary>What an import has only where it is over, or waits; and what a document has of a list's item, and the service does not.</summary>
    private static readonly (string Route, string Property)[] Empty = [("imports", "/finishedAt"), ("imports", "/position"), ("List", "/Tooltip"), ("List", "/Deleted")];

    [Test]
    public async Task No_read_leaves_out_what_is_stored()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var clientRef = await database.AddClientAsync("L1");
        (await owner.UpsertAsync(WholeContact(clientRef))).ShouldBe(HttpStatusCode.OK);
        var key = await database.AddKeyAsync(await database.AddAccountAsync("service"), "10.0.0.0/8");
        var importId = Guid.NewGuid();
        await database.ExecuteAsync(Everything, new { clientRef, key.OpId, key.KeyId, ImportId = importId });
        var partyId = await database.QueryAsync<long>("select party_id from contact where client_ref = @clientRef", new { clientRef });
        var clientId = (long)(await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["id"]!;
        var appointment = (await owner.PostAsync(
            "/api/v1/Appointment", $$$"""{"Description":"d","Priority":1,"Contact":{"ContactId":{{{clientId}}}},"Person":{"PersonId":{{{partyId}}}},"Task":{"TaskListItemId":1}}""")).ShouldBe(HttpStatusCode.Created).Header("Location");
        var reads = new Dictionary<string, string>
        {
            ["/api/parties"] = $"/api/parties?$filter=clientRef eq '{clientRef}'",
            ["/api/parties/{id}"] = $"/api/parties/{partyId}",
            ["/api/v1/MDOList/{name}"] = "/api/v1/MDOList/everything",
            ["/api/v1/List/{name}/MDOItems"] = "/api/v1/List/everything/MDOItems",
            ["/api/v1/List/MDO/{name}"] = "/api/v1/List/MDO/everything",
            ["/api/v1/User/currentPrincipal"] = "/api/v1/User/currentPrincipal",
            ["/api/v1/admin/accounts"] = $"/api/v1/admin/accounts?$filter=op_id eq '{key.OpId}'",
            ["/api/v1/admin/accounts/{op_id}"] = $"/api/v1/admin/accounts/{key.OpId}",
            ["/api/v1/admin/databases"] = "/api/v1/admin/databases",
            ["/api/v1/admin/endpoints"] = "/api/v1/admin/endpoints",
            ["/api/v1/admin/endpoints/{id}"] = $"/api/v1/admin/endpoints/{key.EndpointId}",
            ["/api/v1/admin/endpoints/{id}/keys"] = $"/api/v1/admin/endpoints/{key.EndpointId}/keys",
            ["/api/v1/admin/lists"] = "/api/v1/admin/lists",
            ["/api/v1/admin/lists/{name}/{id}"] = "/api/v1/admin/lists/everything/1",
            ["/api/v1/admin/settings"] = "/api/v1/admin/settings",
            ["/api/v1/admin/field-requirements"] = "/api/v1/admin/field-requirements?$filter=field eq 'client.name'",
            ["/api/v1/admin/field-requirements/{field}"] = "/api/v1/admin/field-requirements/client.name",
            ["/api/v1/admin/field-requirements/{field}/violations"] = "",
            ["/api/v1/admin/custom-fields"] = "",
            ["/api/v1/admin/custom-fields/{name}"] = "",
            ["/api/v1/schema/{record}"] = "",
            ["/api/v1/Appointment"] = "/api/v1/Appointment",
            ["/api/v1/Appointment/{id}"] = appointment,
            ["/api/v1/audit"] = "/api/v1/audit?clientRef=everything",
            ["/api/v1/clients"] = $"/api/v1/clients?$filter=clientRef eq '{clientRef}'",
            ["/api/v1/clients/{clientRef}"] = $"/api/v1/clients/{clientRef}",
            ["/api/v1/clients/{clientRef}/contacts"] = $"/api/v1/clients/{clientRef}/contacts",
            ["/api/v1/clients/{clientRef}/contacts/{contactRef}"] = $"/api/v1/clients/{clientRef}/contacts/C1",
            ["/api/v1/clients/{clientRef}/locations"] = $"/api/v1/clients/{clientRef}/locations",
            ["/api/v1/clients/{clientRef}/locations/{locationRef}/contacts"] = $"/api/v1/clients/{clientRef}/locations/L1/contacts",
            ["/api/v1/clients/{clientRef}/locations/{locationRef}"] = $"/api/v1/clients/{clientRef}/locations/L1",
            ["/api/v1/contacts"] = $"/api/v1/contacts?$filter=clientRef eq '{clientRef}'",
            ["/api/v1/imports"] = "/api/v1/imports",
            ["/api/v1/imports/{id}"] = $"/api/v1/imports/{importId}",
            ["/api/v1/imports/{id}/results"] = "",
            ["/api/v1/imports/{id}/rejects"] = "",
            ["/api/v1/imports/{id}/unprocessed"] = "",
        };

        using (Assert.EnterMultipleScope())
        {
            Assert.That(reads.Keys, Is.EquivalentTo(RouteTable.All.Where(route => route.Method == "GET" && route.Pattern.StartsWith("/api/", StringComparison.Ordinal) && route.Pattern != "/api/v1").Select(route => route.Pattern)));
            foreach (var (pattern, path) in reads.Where(read => read.Value.Length > 0)) // the others are files, or have null for what does not apply
            {
                var answer = (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
                Assert.That(EmptyIn(Records(answer.Body)).Where(empty => !Empty.Any(known => pattern.Contains(known.Route, StringComparison.Ordinal) && empty.EndsWith(known.Property, StringComparison.Ordinal))), Is.Empty, $"{pattern} {answer.Body}");
            }
        }
    }

    private static IEnumerable<TestCaseData> Areas()
    {
        yield return Area(ClientFields.Columns, ClientFields.Client, "archived_at", "custom");
        yield return Area(AppointmentFields.Columns, AppointmentFields.Appointment);
        yield return Area(LocationFields.Columns, LocationFields.Location, "archived_at", "custom");
        yield return Area(ContactFields.Columns, ContactFields.Contact, "location_refs", "preferred", "start_dates", "end_dates", "usage_type_ids", "archived_at", "custom");
        yield return Area(AccountFields.Columns, AccountFields.Account);
        yield return Area(IntegrationFields.Columns, IntegrationFields.Integration);
        yield return Area(SettingsFields.Columns, SettingsFields.Settings);

        static TestCaseData Area(string columns, RecordShape shape, params string[] more) => new TestCaseData(columns, shape, more).SetArgDisplayNames(columns.Split(',')[0]);
    }

    [TestCaseSource(nameof(Areas))]
    public void The_columns_of_a_read_are_those_of_the_fields_in_their_order_then_the_history(string columns, object shape, string[] more)
    {
        var selected = columns.Split(',', StringSplitOptions.TrimEntries).Select(column => column.Split(' ')[column.StartsWith("case ", StringComparison.Ordinal) ? ^1 : 0]);
        var fields = ((RecordShape)shape).Fields.Where(field => !field.Secret).Select(field => field.Column);

        Assert.That(selected, Is.EqualTo([.. fields, .. ListShape.History.Select(field => field.Column), .. more]));
    }

    private static JsonObject WholeContact(string clientRef)
    {
        var contact = Sample.Contact(clientRef, "C1", "L1");
        foreach (var field in new[] { "contact1", "contact2", "contact3", "contact4", "address3", "address4", "notes", "considerations" })
        {
            contact[field] = "x";
        }

        foreach (var field in new[] { "contact2Type", "contact3Type", "contact4Type" })
        {
            contact[field] = 1;
        }

        (contact["locations"]![0]!["startDate"], contact["locations"]![0]!["endDate"]) = ("2024-01-01", "2024-12-31");
        return contact;
    }

    // Without the envelope and the page; of all lists, the one that has a value everywhere.
    private static JsonNode Records(string body)
    {
        var root = JsonNode.Parse(body)!;
        var records = root is JsonObject envelope ? envelope["data"] ?? envelope["items"] ?? root : root;
        return records is JsonObject lists && lists["everything"] is { } list ? list : records;
    }

    /// <summary>The paths of what has no value, or the one a column has that was not read.</summary>
    private static IEnumerable<string> EmptyIn(JsonNode? node, string path = "") => node switch
    {
        null => [path],
        JsonObject members when members.Count > 0 => members.SelectMany(member => EmptyIn(member.Value, $"{path}/{member.Key}")),
        JsonArray items when items.Count > 0 => items.SelectMany((item, i) => EmptyIn(item, $"{path}/{i.ToString(CultureInfo.InvariantCulture)}")),
        JsonValue value => value.GetValueKind() switch
        {
            JsonValueKind.True => [],
            JsonValueKind.Number when value.GetValue<decimal>() != 0 => [],
            JsonValueKind.String when value.GetValue<string>() is { Length: > 0 } text && !text.StartsWith("0001-", StringComparison.Ordinal) => [],
            _ => [path],
        },
        _ => [path],
    };
}
