using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports.ReadRejects;

/// <summary>Of a file with bad rows of every kind, exactly the bad ones come back; mended by a program and sent again, all are in.</summary>
public sealed class MendedRejectsTests
{
    private const int Rows = 3000;

    private static readonly string[] Fields = ["clientRef", "contactRef", .. TestImports.Columns.Split(','), "locationRef", "usageTypeId", "startDate"];

    // What is broken in a row of cells, and the code that says so.
    private static readonly (string Code, Action<List<string>> Break)[] Faults =
    [
        ("malformed_row", cells => cells.RemoveAt(5)),
        ("malformed_row", cells => cells.Add("one too many")),
        ("malformed_row", cells => cells[4] = "\"open"),
        ("field_not_integer", Set("contact1Type", "Fax machine")),
        ("unknown_contact_type", Set("contact1Type", "4711")),
        ("field_not_integer", Set("preferredContact", "1.5")),
        ("field_out_of_range", Set("preferredContact", "12")),
        ("field_too_long", Set("forename", new string('x', 3000))),
        ("field_not_date", Set("startDate", "31.02.2026")),
        ("unknown_usage_type", Set("usageTypeId", "4711")),
        ("unknown_location", Set("locationRef", "nowhere")),
        ("unknown_client", Set("clientRef", "nobody")),
        ("field_missing", Set("contactRef", "")),
        ("invalid_characters", Set("surname", "Te\0st")),
    ];

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Of_a_csv([Values(1, 2)] int seed)
    {
        var owner = await Database.OwnerAsync();
        var (good, bad) = await MakeAsync(owner, seed);
        var sent = good.Select((cells, index) => bad.TryGetValue(index, out var broken) ? broken.Cells : cells);
        var import = await owner.ImportAsync(Csv(Fields, sent));

        var rejects = (await owner.GetAsync($"/api/v1/imports/{import.Id()}/rejects")).ShouldBe(HttpStatusCode.OK).Body;
        var reasons = (await owner.ResultsAsync(import, "outcome=rejected")).ToDictionary(result => (int)result["line"]! - 2, result => (string)result["problems"]![0]!["code"]!);
        var mended = await owner.ImportAsync(Csv(rejects.Split("\r\n")[0].TrimStart('\ufeff').Split(','), reasons.Keys.Select(row => (List<string>)[$"{row + 2}", "code", "message", .. good[row]])));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo($"{Rows - bad.Count} 0 0 {bad.Count}"));
            Assert.That(reasons, Is.EquivalentTo(bad.ToDictionary(row => row.Key, row => row.Value.Code)));
            Assert.That(mended.Counts(), Is.EqualTo($"{bad.Count} 0 0 0"));
            Assert.That((await owner.ImportAsync(Csv(Fields, good))).Counts(), Is.EqualTo($"0 0 {Rows} 0"), "everything is in");
        }
    }

    [Test]
    public async Task Of_ndjson()
    {
        var owner = await Database.OwnerAsync();
        var (good, bad) = await MakeAsync(owner, 3);
        var sent = good.Select((cells, index) => !bad.TryGetValue(index, out var broken) ? Json(cells) : broken.Code == "malformed_row" ? Json(cells)[..^3] : Json(broken.Cells));
        var import = await owner.ImportAsync(string.Join('\n', sent), TestImports.Ndjson);

        var rejects = (await owner.GetAsync($"/api/v1/imports/{import.Id()}/rejects")).ShouldBe(HttpStatusCode.OK).Body;
        var reasons = rejects.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!["_reject"]!)
            .ToDictionary(reject => (int)reject["line"]! - 1, reject => (string)reject["problems"]![0]!["code"]!);
        var mended = await owner.ImportAsync(string.Join('\n', reasons.Keys.Select(row => Json(good[row]))), TestImports.Ndjson);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo($"{Rows - bad.Count} 0 0 {bad.Count}"));
            Assert.That(reasons, Is.EquivalentTo(bad.ToDictionary(row => row.Key, row => row.Value.Code switch { "malformed_row" => "invalid_json", "field_missing" => "field_blank", var code => code })));
            Assert.That(mended.Counts(), Is.EqualTo($"{bad.Count} 0 0 0"));
            Assert.That((await owner.ImportAsync(string.Join('\n', good.Select(Json)), TestImports.Ndjson)).Counts(), Is.EqualTo($"0 0 {Rows} 0"), "everything is in");
        }
    }

    /// <summary>The rows as they should be, and a tenth of them broken, by their index.</summary>
    private static async Task<(List<string>[] Good, Dictionary<int, (string Code, List<string> Cells)> Bad)> MakeAsync(ApiClient owner, int seed)
    {
        var clientRef = await Database.AddClientAsync("L1");
        var good = Enumerable.Range(0, Rows).Select(row => (List<string>)[clientRef, $"C{row}", .. TestImports.Cells.Split(','), "L1", "1", "09/07/2026"]).ToArray();
        var random = new Random(seed);
        var broken = Enumerable.Range(0, Rows).OrderBy(_ => random.Next()).Take(Rows / 10).Select((row, index) => (Row: row, Fault: Faults[index % Faults.Length]));
        return (good, broken.ToDictionary(choice => choice.Row, choice =>
        {
            var cells = good[choice.Row].ToList();
            choice.Fault.Break(cells);
            return (choice.Fault.Code, cells);
        }));
    }

    private static Action<List<string>> Set(string field, string value) => cells => cells[Array.IndexOf(Fields, field)] = value;

    private static string Csv(IEnumerable<string> header, IEnumerable<List<string>> rows) => string.Concat(rows.Prepend([.. header]).Select(cells => string.Join(',', cells) + "\r\n"));

    private static string Json(List<string> cells)
    {
        var contact = new JsonObject(Fields.Zip(cells).Take(11).Select(field => KeyValuePair.Create(field.First, (JsonNode?)field.Second)));
        contact["locations"] = new JsonArray(new JsonObject { ["locationRef"] = cells[11], ["usageTypeId"] = cells[12], ["startDate"] = cells[13], ["isPreferred"] = false });
        return contact.ToJsonString();
    }
}
