using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Audit.ListAudit;

/// <summary>Filters, cursors and exports of GET /api/v1/audit, over entries that stand in a database of their own.</summary>
public sealed class AuditFilterTests
{
    private const string Seed =
        """
        insert into audit_entry (client_ref, contact_ref, location_ref, record_ref, at, account, kind, address, method, route, status, outcome, record_type, changes, trace_id)
        select
            'K' || i % 3, case when i % 2 = 0 then 'C' || i % 4 else '' end, case when i % 5 = 0 then 'L1' else '' end, case when i % 7 = 0 then 'R1' else '' end,
            timestamptz '2001-01-01T00:00:00Z' + interval '1 hour' * (i / 10), case when i % 2 = 0 then 'Anna' else 'bot' end, case when i % 2 = 0 then 'human' else 'service' end,
            '10.0.0.1', 'PUT', '/seeded', case when i % 10 = 9 then 404 when i % 10 = 8 then 412 else 200 end,
            case when i % 10 = 9 then 'refused: client_not_found' when i % 10 = 8 then 'refused: precondition_failed' else 'updated' end,
            case when i % 2 = 0 then 'contact' else 'client' end, case when i % 10 < 8 then json_build_object('surname', json_build_array(@Odd, 'n' || i)) end, 'trace' || i
        from generate_series(1, @Count) as i
        """;

    // What CSV must quote, and what must not become another character on the way.
    private const string Odd = "=SUM(\"a\",b)\r\nß€😀";

    private static readonly HttpClient Http = new();

    private static readonly Lazy<Task<TestDatabase>> Filtered = new(async () => await SeedAsync(await ServiceUnderTest.AddSharedDatabaseAsync(), 100));

    [TestCase("clientRef=K1", 34)]
    [TestCase("contactRef=C0", 25)]
    [TestCase("locationRef=L1", 20)]
    [TestCase("recordRef=R1", 14)]
    [TestCase("recordType=contact", 50)]
    [TestCase("account=ANNA", 50)]
    [TestCase("kind=service", 50)]
    [TestCase("outcome=updated", 80)]
    [TestCase("outcome=refused", 20)]
    [TestCase("outcome=refused: client_not_found", 10)]
    [TestCase("outcome=refuse", 0)]
    [TestCase("status=412", 10)]
    [TestCase("status=4xx", 20)]
    [TestCase("status=5XX", 0)]
    [TestCase("from=2001-01-01T09:00:00Z", 11)]
    [TestCase("to=2001-01-01T01:00", 9)]
    [TestCase("from=2001-01-01T03:00:00.000%2B01:00&to=2001-01-01T04:00:00", 20)]
    [TestCase("from=2001-01-02", 0)]
    [TestCase("traceId=trace7", 1)]
    [TestCase("clientRef=&account=&status=&from=&kind=", 100)]
    [TestCase("clientRef=K2&account=anna&kind=human&status=2xx&recordType=contact&outcome=updated&from=2001-01-01T02:00:00Z&to=2001-01-01T08:00:00Z", 8)]
    [TestCase("account=anna&kind=service", 0)]
    [TestCase("account=' or true --", 0)]
    public async Task Entries_must_match_every_filter(string filter, int count)
    {
        var owner = await (await Filtered.Value).OwnerAsync();
        var page = (await owner.GetAsync($"/api/v1/audit?size=1000&{filter}")).ShouldBe(HttpStatusCode.OK).Json;
        Assert.That(page["items"]!.AsArray().Count(IsSeeded), Is.EqualTo(count));
        Assert.That(page["total"]!.GetValue<int>(), Is.EqualTo(page["items"]!.AsArray().Count));
    }

    [Test]
    public async Task All_bad_values_are_named_at_once()
    {
        var owner = await (await Filtered.Value).OwnerAsync();
        var answer = await owner.GetAsync(
            "/api/v1/audit?clientRef=%00&recordType=a&recordType=b&kind=Human&status=4x&from=yesterday&to=2001-13-01&size=0&cursor=x&traceId=%00");

        answer.ShouldFail(400, "invalid_parameter");
        Assert.That(
            answer.Problems.Select(problem => problem.Split(' ')[0]),
            Is.EqualTo(new[] { "clientRef", "recordType", "kind", "status", "from", "to", "traceId", "size", "cursor" }));
    }

    [TestCase("status=600", "status")]
    [TestCase("status=0", "status")]
    [TestCase("status=xxx", "status")]
    [TestCase("status=-1", "status")]
    [TestCase("from=2001-01-02&to=2001-01-02", "to")]
    [TestCase("from=9999-12-31T23:59:59-14:00", "from")]
    [TestCase("from=0001-01-01T00:00:00%2B14:00", "from")]
    [TestCase("kind=human&kind=human", "kind")]
    [TestCase("cursor=", "cursor")]
    [TestCase("cursor=AAAAAAAAAAAAAAAAAAAAAA", "cursor")]
    [TestCase("cursor=%00&cursor=%ED%9F%BF", "cursor")]
    public async Task Rubbish_is_named(string query, string parameter)
    {
        var owner = await (await Filtered.Value).OwnerAsync();
        Assert.That((await owner.GetAsync($"/api/v1/audit?{query}")).ShouldFail(400, "invalid_parameter").Problems, Is.EqualTo(new[] { $"{parameter} invalid_parameter" }));
    }

    [TestCase("from=9999-12-31T23:59:59Z")]
    [TestCase("from=0001-01-01&to=0001-01-02")]
    [TestCase("status=599")]
    public async Task The_ends_of_what_can_be_asked_are_answered(string query) =>
        (await (await (await Filtered.Value).OwnerAsync()).GetAsync($"/api/v1/audit?{query}")).ShouldBe(HttpStatusCode.OK);

    [Test]
    public async Task A_cursor_goes_on_with_its_own_list_only_and_not_beside_a_position()
    {
        var database = await Filtered.Value;
        var owner = await database.OwnerAsync();
        var cursor = (await owner.GetAsync("/api/v1/audit?clientRef=K1&size=5")).ShouldBe(HttpStatusCode.OK).Text("nextCursor");

        (await owner.GetAsync($"/api/v1/audit?clientRef=K1&size=7&cursor={cursor}")).ShouldBe(HttpStatusCode.OK);
        foreach (var query in new[] { $"clientRef=K2&cursor={cursor}", $"clientRef=K1&kind=human&cursor={cursor}", $"clientRef=K1&cursor={cursor}&position=0", $"clientRef=K1&$skip=0&cursor={cursor}", $"clientRef=K1&cursor={cursor}&cursor={cursor}" })
        {
            Assert.That((await owner.GetAsync($"/api/v1/audit?{query}")).ShouldFail(400, "invalid_parameter").Problems, Is.EqualTo(new[] { "cursor invalid_parameter" }), query);
        }
    }

    [Test]
    public async Task A_walk_by_cursor_neither_skips_nor_repeats_while_entries_arrive()
    {
        var database = await SeedAsync(await ServiceUnderTest.AddDatabaseAsync(), 200);
        await database.ExecuteAsync("update audit_entry set at = '2001-01-01T00:00:00Z'"); // all at one moment
        var owner = await database.OwnerAsync();
        var seen = new List<string>();
        for (var cursor = ""; ;)
        {
            var page = (await owner.GetAsync($"/api/v1/audit?size=7&kind=human{cursor}")).ShouldBe(HttpStatusCode.OK).Json;
            seen.AddRange(page["items"]!.AsArray().Where(IsSeeded).Select(item => item!["traceId"]!.ToString()));
            await database.ExecuteAsync(Seed.Replace("'trace'", "'later'", StringComparison.Ordinal).Replace("/seeded", "/later", StringComparison.Ordinal), new { Odd, Count = 10 });
            Assert.That(page.ContainsKey("position"), Is.EqualTo(cursor.Length == 0));
            if (page["nextCursor"] is not { } next)
            {
                break;
            }

            cursor = $"&cursor={next}";
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(1, 100).Select(i => $"trace{2 * i}").Reverse()));
    }

    [Test]
    public async Task Exports_are_the_entries_of_the_pages()
    {
        var owner = await (await Filtered.Value).OwnerAsync();
        var pages = (await owner.GetAsync("/api/v1/audit?size=1000&kind=human")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Where(IsSeeded).ToArray();
        var lines = (await owner.GetAsync("/api/v1/audit?kind=human&size=3", ("Accept", "application/x-ndjson"))).ShouldBe(HttpStatusCode.OK);
        var csv = (await owner.GetAsync("/api/v1/audit?kind=human", ("Accept", "text/html, text/csv;q=0.9, */*;q=0.1"))).ShouldBe(HttpStatusCode.OK);
        var rows = CsvText.Read(csv.Body);
        var parsed = rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second)).Where(row => row["route"] == "/seeded").ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines.Header("Content-Type"), Is.EqualTo("application/x-ndjson"));
            Assert.That(csv.Header("Content-Type"), Is.EqualTo("text/csv; charset=utf-8; header=present"));
            Assert.That(csv.Header("Content-Disposition"), Is.EqualTo("attachment; filename=\"audit.csv\""));
            Assert.That(
                lines.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)).Where(IsSeeded).Select(entry => entry!.ToJsonString()),
                Is.EqualTo(pages.Select(entry => entry!.ToJsonString())));
            Assert.That(rows[0], Is.EqualTo(pages[0]!.AsObject().Select(property => property.Key)));
            Assert.That(parsed.Select(row => string.Join('|', row.Select(cell => cell.Key == "changes" && cell.Value.Length > 0 ? $"{JsonNode.Parse(cell.Value)}" : cell.Value))), Is.EqualTo(pages.Select(entry => string.Join('|', entry!.AsObject().Select(property => $"{property.Value}")))));
        }
    }

    [Test]
    public async Task A_spreadsheet_runs_nothing_of_an_export()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        string[] refs = ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", "＝1+1", "plain", "a=b", "a;=1+1"];
        foreach (var clientRef in refs)
        {
            await database.ExecuteAsync(Seed.Replace("'K' || i % 3", "@ClientRef", StringComparison.Ordinal), new { Odd, Count = 1, ClientRef = clientRef });
        }

        var csv = await (await database.OwnerAsync()).GetAsync("/api/v1/audit?recordType=client&status=200", ("Accept", "text/csv"));
        var column = CsvText.Read(csv.Body)[0].IndexOf("clientRef");
        Assert.That(
            CsvText.Read(csv.Body).Skip(1).Select(row => row[column]).Reverse(), Is.EqualTo(refs.Select(text => text switch { "plain" or "a=b" => text, "a;=1+1" => "a;'=1+1", _ => $"'{text}" })));
        Assert.That(csv.Body, Does.Contain("\"a;'=1+1\""));
    }

    [TestCase("application/json")]
    [TestCase("*/*")]
    [TestCase("application/*, text/csv;q=0.5")]
    [TestCase("text/csv;q=0")]
    [TestCase("application/xml")]
    [TestCase("rubbish;;;,,q=x")]
    public async Task Whatever_else_is_accepted_gets_pages(string accept)
    {
        var answer = await (await (await Filtered.Value).OwnerAsync()).GetAsync("/api/v1/audit", ("Accept", accept));
        Assert.That(answer.ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray(), Has.Count.EqualTo(20));
    }

    [Test]
    public async Task Bad_filters_of_an_export_are_refused_and_a_stranger_gets_none()
    {
        var database = await Filtered.Value;
        (await (await database.OwnerAsync()).GetAsync("/api/v1/audit?status=x", ("Accept", "text/csv"))).ShouldFail(400, "invalid_parameter");
        (await (await TestSession.OpenAsync(database, 1, "contact:read")).Client.GetAsync("/api/v1/audit", ("Accept", "text/csv"))).ShouldFail(403, "forbidden");
        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync("/api/v1/audit", ("Accept", "text/csv"), ("x-database", database.Name))).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task An_export_is_read_from_the_database_as_the_caller_takes_it_and_breaks_off_when_the_database_fails()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync(Seed, new { Odd = new string('x', 4000), Count = 20_000 });
        await using var body = await OpenExportAsync(database);
        var reader = new StreamReader(body);
        Assert.That(await reader.ReadLineAsync(), Does.Contain("\"traceId\":\"trace20000\""));

        await database.ExecuteAsync("alter table audit_entry rename to gone"); // were it read at once, all would come; were a transaction open, this would wait

        var lines = 1;
        Assert.That(
            async () =>
            {
                for (; await reader.ReadLineAsync() is not null; lines++)
                {
                }
            },
            Throws.InstanceOf<IOException>());
        Assert.That(lines, Is.GreaterThanOrEqualTo(1000).And.LessThan(20_000));
    }

    [Test]
    public async Task A_long_export_comes_whole_and_once()
    {
        var database = await SeedAsync(await ServiceUnderTest.AddDatabaseAsync(), 20_000);
        await using var body = await OpenExportAsync(database);
        var reader = new StreamReader(body);
        var next = 20_000;
        while (await reader.ReadLineAsync() is { } line)
        {
            next -= line.EndsWith($"\"traceId\":\"trace{next}\"}}", StringComparison.Ordinal) ? 1 : 0;
        }

        Assert.That(next, Is.Zero);
    }

    private static async Task<Stream> OpenExportAsync(TestDatabase database)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(ServiceUnderTest.Url, "/api/v1/audit?from=2001-01-01&to=2001-12-31"));
        request.Headers.TryAddWithoutValidation("Accept", "application/x-ndjson");
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {(await database.OwnerAsync()).AccessToken}");
        var response = await Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        return await response.Content.ReadAsStreamAsync();
    }

    private static async Task<TestDatabase> SeedAsync(TestDatabase database, int count)
    {
        await database.ExecuteAsync(Seed, new { Odd, Count = count });
        return database;
    }

    // The log-ins of a test stand in the same audit.
    private static bool IsSeeded(JsonNode? entry) => $"{entry!["route"]}" == "/seeded";
}
