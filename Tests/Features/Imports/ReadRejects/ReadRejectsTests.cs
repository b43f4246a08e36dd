using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MiniExcelLibs;

namespace CrmImport.Tests.Features.Imports.ReadRejects;

/// <summary>Rejected rows come back in the format of the file, can be mended and sent again, and lose nothing on the way.</summary>
public sealed class ReadRejectsTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Rejects_of_a_csv_are_defused_and_come_back_byte_for_byte()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        string[] texts = ["=1+1", "+44 1392", "-5", "@home", "'quoted", "'+44", "''=x", "plain", "a,\"b\"\nc", " blanks "];
        var rows = texts.Select((text, index) => $"{clientRef},C{index},Mr,John,Test,{Quote(text)},x,1,A,B,C\r\n");
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\r\n{string.Concat(rows)}");

        var rejects = (await owner.GetAsync($"/api/v1/imports/{import.Id()}/rejects")).ShouldBe(HttpStatusCode.OK);
        var again = await owner.ImportAsync(rejects.Body);
        var secondRejects = (await owner.GetAsync($"/api/v1/imports/{again.Id()}/rejects")).ShouldBe(HttpStatusCode.OK);
        var mended = await owner.ImportAsync(secondRejects.Body.Replace(",x,1,A", ",1,1,A", StringComparison.Ordinal));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("0 0 0 10"));
            Assert.That(rejects.Header("Content-Type"), Is.EqualTo("text/csv; charset=utf-8"));
            Assert.That(rejects.Header("Content-Disposition"), Does.Contain("rejects.csv"));
            Assert.That(rejects.Body.TrimStart('\ufeff'), Does.StartWith($"reject_line,reject_code,reject_message,clientRef,contactRef,{TestImports.Columns}\r\n2,field_not_integer,contact1Type must be the id or the name of an item of the list contacttype,"));
            Assert.That(rejects.Body, Does.Contain(",'=1+1,").And.Contain(",'+44 1392,").And.Contain(",''+44,").And.Contain(",'quoted,"));
            Assert.That(again.Counts(), Is.EqualTo("0 0 0 10"));
            Assert.That(again["warnings"]!.AsArray(), Is.Empty);
            Assert.That(secondRejects.Body, Is.EqualTo(rejects.Body), "byte for byte");
            Assert.That(mended.Counts(), Is.EqualTo("10 0 0 0"));
            for (var i = 0; i < texts.Length; i++)
            {
                Assert.That(await owner.FieldAsync(clientRef, $"C{i}", "contact1"), Is.EqualTo(texts[i]));
            }
        }
    }

    [Test]
    public async Task Rows_of_every_kind_of_fault_come_back_and_the_mended_ones_come_in()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var import = await owner.ImportAsync($"clientRef;contactRef;{TestImports.Columns.Replace(',', ';')}\n{clientRef};A;\"open;never\n{clientRef};B;one;two\n{clientRef};C;{TestImports.Cells.Replace(',', ';')};;too;many\n{clientRef};D;Mr;John;Test;0123;9;1;A;B;C\n");

        var rejects = (await owner.GetAsync($"/api/v1/imports/{import.Id()}/rejects")).Body;
        var mended = await owner.ImportAsync(rejects.Replace(";;too;many", "", StringComparison.Ordinal).Replace(";9;1;A", ";1;1;A", StringComparison.Ordinal));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("0 0 0 4"));
            Assert.That(rejects, Does.Contain("2;malformed_row;").And.Contain("3;malformed_row;").And.Contain("4;malformed_row;").And.Contain("5;unknown_contact_type;"));
            Assert.That(rejects, Does.Contain("\"open;never"));
            Assert.That(mended.Counts(), Is.EqualTo("2 0 0 2"));
        }
    }

    [TestCase("application/x-ndjson")]
    [TestCase("application/json")]
    public async Task Rejects_of_json_have_their_reasons_in_a_property_that_is_ignored(string mediaType)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (good, bad) = (Sample.Contact(clientRef, "A").ToJsonString(), Sample.Contact(clientRef, "B").With("contact1Type", 99).ToJsonString());
        var isLines = mediaType == TestImports.Ndjson;
        var import = await owner.ImportAsync(isLines ? $"{good}\n{bad}\nno json" : $"[{good},{bad}]", mediaType);

        var rejects = (await owner.GetAsync($"/api/v1/imports/{import.Id()}/rejects")).ShouldBe(HttpStatusCode.OK);
        var mended = await owner.ImportAsync(rejects.Body.Replace("\"contact1Type\":99", "\"contact1Type\":1", StringComparison.Ordinal), mediaType);

        var first = isLines ? JsonNode.Parse(rejects.Body.Split('\n')[0])! : rejects.Json["contacts"]![0]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{first["_reject"]!["line"]} {first["_reject"]!["problems"]![0]!["code"]} {first["contactRef"]}", Is.EqualTo(isLines ? "2 unknown_contact_type B" : "1 unknown_contact_type B"));
            Assert.That(mended.Counts(), Is.EqualTo(isLines ? "1 0 0 1" : "1 0 0 0"));
            Assert.That(isLines, Is.EqualTo(rejects.Body.Contains("\"text\":\"no json\"", StringComparison.Ordinal)));
        }
    }

    [Test]
    public async Task Rejects_of_a_workbook_are_a_workbook()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var bytes = new MemoryStream();
        bytes.SaveAs(new[] { "1", "x" }.Select((type, index) => new Dictionary<string, object> { ["clientRef"] = clientRef, ["contactRef"] = $"C{index}", ["salutation"] = "Mr", ["forename"] = "J", ["surname"] = "T", ["contact1"] = "1", ["contact1Type"] = type, ["preferredContact"] = 1, ["address1"] = "1", ["address2"] = "2", ["postCode"] = "P" }));
        const string Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        var import = (await owner.SubmitAsync(bytes.ToArray(), Xlsx)).ShouldBe(HttpStatusCode.OK).Data;

        using var http = new HttpClient { BaseAddress = ServiceUnderTest.Url, DefaultRequestHeaders = { { "Authorization", $"Bearer {owner.AccessToken}" } } };
        var rejects = await http.GetByteArrayAsync($"/api/v1/imports/{import.Id()}/rejects");
        var rows = new MemoryStream(rejects).Query(useHeaderRow: true).Cast<IDictionary<string, object>>().ToArray();

        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("1 0 0 1"));
            Assert.That(rows.Select(row => $"{row["reject_line"]} {row["reject_code"]} {row["contactRef"]}"), Is.EqualTo(new[] { "3 field_not_integer C1" }));
            Assert.That((await owner.SubmitAsync(rejects, Xlsx)).ShouldBe(HttpStatusCode.OK).Data.Counts(), Is.EqualTo("0 0 0 1"));
        }
    }

    [Test]
    public async Task What_an_import_did_not_come_to_can_be_sent_again_as_it_is()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var rows = Enumerable.Range(0, 2500).Select(i => i is 400 ? "x,y\n" : $"{clientRef},C{i},{TestImports.Cells}\n");
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{string.Concat(rows)}", query: "maxRejects=0");

        var unprocessed = (await owner.GetAsync($"/api/v1/imports/{import.Id()}/unprocessed")).ShouldBe(HttpStatusCode.OK);
        var rest = await owner.ImportAsync(unprocessed.Body);

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{import["state"]} {import.Counts()} {import["problems"]![0]!["code"]}", Is.EqualTo("stopped 999 0 0 1 too_many_rejects"));
            Assert.That(rest.Counts(), Is.EqualTo("1500 0 0 0"));
            Assert.That(Encoding.UTF8.GetByteCount(unprocessed.Body), Is.GreaterThan(50_000));
        }
    }

    private static string Quote(string text) => text.AsSpan().IndexOfAny(",\"\n") >= 0 ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
