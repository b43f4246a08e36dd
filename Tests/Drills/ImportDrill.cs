using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Dapper;
using Npgsql;

namespace CrmImport.Drills;

/// <summary>
/// Imports a file a round, beside the writers, and kills the service, PostgreSQL or one of its backends at a random moment. Each import must end with the counts, the contacts, the
/// audit and the results of an unbroken run.
/// </summary>
internal static class ImportDrill
{
    public const string Name = "import";
    public const string What = "kill -9 of the service, of PostgreSQL or of a backend while a file is imported";

    private const int Rows = 5000;
    private const string ClientRef = "I1";

    private static readonly Func<TestBed, Task<long>>[] Faults = [ServiceFaults.KillAsync, ServerFaults.KillPostmasterAsync, ServerFaults.KillBackendAsync];

    /// <summary>True if every round ended as it should.</summary>
    public static async Task<bool> RunAsync(DrillOptions options, CancellationToken stopping)
    {
        await using var testBed = await TestBed.OpenAsync(new Drill(Name, What, ServiceFaults.KillAsync), options with { Writers = Math.Min(options.Writers, 4) });
        await using (var connection = await testBed.Server.ConnectAsync())
        {
            await connection.ExecuteAsync("insert into client (client_ref, created_at, created_by, updated_at, updated_by) values (@ClientRef, now(), 'OWN', now(), 'OWN')", new { ClientRef });
        }

        var (findings, interrupted, round) = (new List<string>(), 0, 0);
        for (; round < options.Rounds && !stopping.IsCancellationRequested; round++)
        {
            var id = await SubmitAsync(testBed, round);
            await Wait.ForAsync(testBed.RandomTime(20, 1500));
            interrupted += await IsOverAsync(testBed, id) ? 0 : 1;
            await Faults[testBed.Random(Faults.Length)](testBed);
            await testBed.RecoverAsync(Stopwatch.GetTimestamp());
            if (!await Wait.UntilAsync(() => IsOverAsync(testBed, id), TestBed.Timeout))
            {
                findings.Add($"round {round}: the import did not end");
                break;
            }

            findings.AddRange((await CheckAsync(testBed, id, round)).Select(finding => $"round {round}: {finding}"));
        }

        await testBed.StopWritersAsync();
        Console.WriteLine($"| {Name} | {What} | {round} rounds of {Rows} rows, {interrupted} interrupted, {findings.Count} findings |");
        findings.ForEach(finding => Console.WriteLine($"  {finding}"));
        testBed.KeepsLogs = findings.Count > 0;
        return findings.Count == 0;
    }

    // Every hundredth row is bad, and every tenth contact stands in the file again with another name, so that its place among the rows shows.
    private static async Task<string> SubmitAsync(TestBed testBed, int round)
    {
        var csv = new StringBuilder("clientRef,contactRef,salutation,forename,surname,contact1,contact1Type,preferredContact,address1,address2,postCode\n");
        for (var i = 0; i < Rows; i++)
        {
            csv.Append(i % 100 == 0 ? "I1,x\n" : i % 10 == 5 ? Row(i - 1, "Again") : Row(i, "Test"));
        }

        using var content = new StringContent(csv.ToString(), Encoding.UTF8);
        content.Headers.ContentType = new MediaTypeHeaderValue("text/csv");
        using var answer = await testBed.Http.PostAsync("/api/v1/imports", content);
        answer.EnsureSuccessStatusCode();
        return (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["data"]!["id"]!;

        string Row(int contact, string surname) => string.Create(CultureInfo.InvariantCulture, $"{ClientRef},R{round}-{contact},Mr,John,{surname},0123,1,1,A,B,C\n");
    }

    // By the database, since the service may be away; so may the database.
    private static async Task<bool> IsOverAsync(TestBed testBed, string id)
    {
        try
        {
            await using var connection = await testBed.Server.ConnectAsync();
            return await connection.ExecuteScalarAsync<bool>("select finished_at is not null from import where import_id = @Id::uuid", new { Id = id });
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task<IEnumerable<string>> CheckAsync(TestBed testBed, string id, int round)
    {
        await using var connection = await testBed.Server.ConnectAsync();
        var counts = await connection.QuerySingleAsync<string>(
            "select state || ' ' || rows_read || ' ' || rows_created || ' ' || rows_updated || ' ' || rows_unchanged || ' ' || rows_rejected from import where import_id = @Id::uuid", new { Id = id });
        var stored = await connection.QuerySingleAsync<string>(
            """
            select count(*) || ' contacts, ' || count(*) filter (where surname = 'Again' and version = 2) || ' again, ' || count(*) filter (where version > 2) || ' too often'
            from contact where client_ref = @ClientRef and contact_ref like @Prefix
            """,
            new { ClientRef, Prefix = $"R{round}-%" });
        var audited = await connection.QuerySingleAsync<string>(
            "select count(*) || ' entries, ' || count(distinct (contact_ref, outcome)) || ' different' from audit_entry where import_id = @Id::uuid", new { Id = id });
        var results = await connection.QuerySingleAsync<string>("select sum(rows) || ' results in ' || count(distinct first_row) || ' of ' || count(*) || ' chunks' from import_chunk where import_id = @Id::uuid", new { Id = id });
        var chunks = await connection.QuerySingleAsync<int>("select count(*)::integer from import_chunk where import_id = @Id::uuid", new { Id = id });
        return new (string Is, string Should)[]
        {
            (counts, $"completed {Rows} {Rows * 89 / 100} {Rows / 10} 0 {Rows / 100}"),
            (stored, $"{Rows * 89 / 100} contacts, {Rows / 10} again, 0 too often"),
            (audited, $"{Rows * 99 / 100} entries, {Rows * 99 / 100} different"),
            (results, $"{Rows} results in {chunks} of {chunks} chunks"),
        }.Where(pair => pair.Is != pair.Should).Select(pair => $"{pair.Is} instead of {pair.Should}");
    }
}
