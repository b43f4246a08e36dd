using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary>Contacts, clients and locations as CSV and as lines of JSON: all that match, as the pages have them.</summary>
public sealed class ExportTests
{
    private const string Lines = "application/x-ndjson";
    private const string Csv = "text/csv";

    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Lazy<Task<(TestDatabase Database, string ClientRef)>> Filled = new(FillAsync);

    [TestCase("/api/v1/contacts", 2501)]
    [TestCase("/api/v1/contacts?archived=all&$filter=surname begins 'S1'", 1111)]
    [TestCase("/api/v1/contacts?search=s25", 12)]
    [TestCase("/api/v1/contacts?$filter=surname eq 'nobody'", 0)]
    [TestCase("/api/v1/contacts?$select=contactRef,locations,surname", 2501)]
    [TestCase("/api/v1/clients/{client}/contacts", 2501)]
    [TestCase("/api/v1/clients/{client}/locations/L1/contacts", 1)]
    [TestCase("/api/v1/clients/{client}/locations", 1)]
    [TestCase("/api/v1/clients", 2)]
    public async Task An_export_has_every_record_of_the_pages_in_the_order_of_the_refs(string path, int count)
    {
        var (database, clientRef) = await Filled.Value;
        var owner = await database.OwnerAsync();
        path = path.Replace("{client}", clientRef, StringComparison.Ordinal);

        var lines = (await owner.GetAsync(path, ("Accept", Lines))).ShouldBe(HttpStatusCode.OK);
        var csv = (await owner.GetAsync(path, ("Accept", Csv))).ShouldBe(HttpStatusCode.OK);
        var paged = await ReadPagesAsync(owner, path);
        var rows = ReadCsv(csv.Body);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(lines.Header("Content-Type"), Is.EqualTo(Lines));
            Assert.That(csv.Header("Content-Type"), Is.EqualTo("text/csv; charset=utf-8; header=present"));
            Assert.That(csv.Header("Content-Disposition"), Does.Match("^attachment; filename=\"(contacts|clients|locations).csv\"$"));
            Assert.That(paged, Has.Count.EqualTo(count));
            Assert.That(lines.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EqualTo(paged.Select(item => item!.ToJsonString(Readable))));
            Assert.That(rows.Select(row => string.Join('|', row.Values.Select(Armed))), Is.EqualTo(paged.Select(item => string.Join('|', rows[0].Keys.Select(column => Text(item![column]))))));
        }

        static string Armed(string cell) => cell.Replace("'=", "=", StringComparison.Ordinal);
        static string Text(JsonNode? value) => value is JsonArray array ? array.ToJsonString(Readable) : value is JsonValue flag && flag.GetValueKind() is JsonValueKind.True or JsonValueKind.False ? value.ToJsonString() : $"{value}";
    }

    [Test]
    public async Task A_spreadsheet_runs_nothing_of_it()
    {
        var (database, clientRef) = await Filled.Value;
        var csv = (await (await database.OwnerAsync()).GetAsync($"/api/v1/clients/{clientRef}/contacts?$filter=contactRef eq 'odd'", ("Accept", Csv))).ShouldBe(HttpStatusCode.OK);
        var row = ReadCsv(csv.Body).Single();
        Assert.That((row["surname"], row["notes"], row["forename"]), Is.EqualTo(("'=1+1", "a;'=1+1", "Zoë \"Q\", 李")));
    }

    [TestCase("position=0")]
    [TestCase("$skip=5")]
    [TestCase("size=5")]
    [TestCase("$top=5")]
    [TestCase("orderBy=surname")]
    [TestCase("$orderBy=surname")]
    [TestCase("desc=true")]
    [TestCase("updatedSince=2026-01-01")]
    [TestCase("$filter=nonsense")]
    [TestCase("$select=nonsense")]
    public async Task What_an_export_cannot_keep_is_refused(string parameter)
    {
        var owner = await (await Filled.Value).Database.OwnerAsync();
        var answer = await owner.GetAsync($"/api/v1/contacts?{parameter}", ("Accept", Csv));
        Assert.That((int)answer.Status, Is.EqualTo(400), answer.Body);
        Assert.That(answer.Problems.Single(), Does.StartWith(parameter.Split('=')[0]));
    }

    [Test]
    public async Task It_needs_what_the_list_needs_and_HEAD_has_no_body()
    {
        var (database, clientRef) = await Filled.Value;
        var reader = (await TestSession.OpenAsync(database, 1, "client:read")).Client;
        (await reader.GetAsync("/api/v1/contacts", ("Accept", Csv))).ShouldFail(403, "forbidden");
        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync("/api/v1/contacts", ("Accept", Csv), ("x-database", database.Name))).ShouldFail(401, "not_authenticated");
        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync($"/api/v1/clients/{clientRef}/contacts", ("Accept", Csv))).ShouldFail(404, "client_not_found");
        var head = (await (await database.OwnerAsync()).SendAsync(HttpMethod.Head, "/api/v1/contacts", null, ("Accept", Csv))).ShouldBe(HttpStatusCode.OK);
        Assert.That((head.Header("Content-Type"), head.Body), Is.EqualTo(("text/csv; charset=utf-8; header=present", "")));
    }

    private static async Task<(TestDatabase Database, string ClientRef)> FillAsync()
    {
        var database = await ServiceUnderTest.AddSharedDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("L1"));
        var odd = Sample.Contact(clientRef, "odd", "L1").With("surname", "=1+1").With("notes", "a;=1+1").With("forename", "Zoë \"Q\", 李");
        (await owner.UpsertAsync(odd)).ShouldBe(HttpStatusCode.OK);
        await database.ExecuteAsync(
            """
            insert into contact (client_ref, contact_ref, salutation, forename, surname, contact1, contact1_type, preferred_contact, address1, address2, post_code, version, created_at, created_by, updated_at, updated_by)
            select @clientRef, 'c' || i, 'Mr', 'F', 'S' || i, '', 1, 1, 'A', '', 'P', 1, now(), 't', now(), 't' from generate_series(1, 2500) i
            """,
            new { clientRef });
        return (database, clientRef);
    }

    private static async Task<List<JsonNode?>> ReadPagesAsync(ApiClient caller, string path)
    {
        var items = new List<JsonNode?>();
        for (var (position, total) = (0, 1L); position < total; position += 1000)
        {
            var page = (await caller.GetAsync($"{path}{(path.Contains('?') ? '&' : '?')}size=1000&position={position}")).ShouldBe(HttpStatusCode.OK).Json;
            items.AddRange(page["items"]!.AsArray());
            total = (long)page["total"]!;
        }

        return items;
    }

    private static List<Dictionary<string, string>> ReadCsv(string text)
    {
        var rows = CsvText.Read(text);
        return [.. rows.Skip(1).Select(row => rows[0].Zip(row).ToDictionary(cell => cell.First, cell => cell.Second))];
    }
}
