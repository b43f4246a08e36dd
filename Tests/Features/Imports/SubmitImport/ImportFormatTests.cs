using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using MiniExcelLibs;

namespace CrmImport.Tests.Features.Imports.SubmitImport;

/// <summary>The formats an import may be sent in, and what is wrong with files as a whole.</summary>
public sealed class ImportFormatTests
{
    private const string Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("csv")]
    [TestCase("semicolons")]
    [TestCase("sep")]
    [TestCase("tabs")]
    [TestCase("ndjson")]
    [TestCase("array")]
    [TestCase("object")]
    [TestCase("xlsx")]
    [TestCase("gzip")]
    [TestCase("utf-16")]
    [TestCase("windows-1252")]
    public async Task The_same_contacts_come_in_by_every_format(string format)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync("L1");

        var answer = await SubmitAsync(owner, format, clientRef);

        var import = answer.ShouldBe(HttpStatusCode.OK).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(import.Counts(), Is.EqualTo("2 0 0 0"), answer.Body);
            Assert.That($"{import["state"]} {import["rowsRead"]}", Is.EqualTo("completed 2"));
            Assert.That(await owner.FieldAsync(clientRef, "A", "surname"), Is.EqualTo("Müller, \"Jo\""));
            Assert.That(await owner.FieldAsync(clientRef, "B", "notes"), Is.EqualTo("two\nlines"));
            Assert.That((await owner.ReadAsync(clientRef, "A")).Data["locations"]![0]!["startDate"]!.GetValue<string>(), Is.EqualTo("2026-11-27"));
        }
    }

    [Test]
    public async Task A_form_brings_the_file_as_its_last_part_after_its_parameters()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        using var form = new MultipartFormDataContent
        {
            { new StringContent("{\"constants\":{\"clientRef\":\"" + clientRef + "\"}}"), "mapping" },
            { new StringContent("Spring clean"), "name" },
            { new ByteArrayContent(Encoding.UTF8.GetBytes($"contactRef,{TestImports.Columns}\nA,{TestImports.Cells}\n")), "file", "people.csv" },
        };

        var import = (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", form, ("Prefer", "respond-sync"))).ShouldBe(HttpStatusCode.OK).Data;

        Assert.That($"{import.Counts()} {import["name"]} {import["fileName"]} {import["format"]}", Is.EqualTo("1 0 0 0 Spring clean people.csv csv"));
    }

    [Test]
    public async Task A_file_that_is_none_is_refused_and_leaves_nothing()
    {
        var owner = await Database.OwnerAsync();
        var header = $"clientRef,contactRef,{TestImports.Columns}";
        using (Assert.EnterMultipleScope())
        {
            (await owner.SubmitAsync("", TestImports.Csv)).ShouldFail(400, "empty_file");
            (await owner.SubmitAsync("\n \n", TestImports.Csv)).ShouldFail(400, "empty_file");
            (await owner.SubmitAsync("surname,forename\nA,B\n")).ShouldFail(400, "missing_column");
            (await owner.SubmitAsync($"{header}\n", "image/png")).ShouldFail(415, "unsupported_media_type");
            (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", Encoded(Encoding.UTF8.GetBytes(header), "br"))).ShouldFail(415, "unsupported_media_type");
            (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", Zipped(Encoding.UTF8.GetBytes(header)))).ShouldFail(400, "invalid_file");
            (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", Zipped(Zip(string.Concat(Enumerable.Repeat(header, 100)))[..^12]))).ShouldFail(400, "invalid_file");
            (await owner.SubmitAsync("no workbook", Xlsx)).ShouldFail(400, "invalid_file");
            (await owner.SubmitAsync(Workbook(("Sheet1", [["clientRef", "contactRef"]])), Xlsx, "sheet=Other")).ShouldFail(400, "invalid_parameter");
            (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", new MultipartFormDataContent { { new StringContent("x"), "name" } })).ShouldFail(400, "empty_file");
            Assert.That(
                (await owner.SubmitAsync([.. Encoding.UTF8.GetBytes($"{header}\nX,Y,Mr,Jos"), 0xE9, .. Encoding.UTF8.GetBytes(",Test\n")], TestImports.Csv)).ShouldFail(400, "invalid_encoding").Text("result_msg"),
                Does.StartWith("Line 2 is not utf-8").And.Contain("encoding=windows-1252"));
            Assert.That(await Database.QueryAsync<long>("select count(*) from import where state = 'receiving' and created_at < now() - interval '1 minute'"), Is.Zero);
        }
    }

    [Test]
    public async Task Parameters_that_are_wrong_are_named_all_at_once()
    {
        var owner = await Database.OwnerAsync();
        var refused = (await owner.SubmitAsync(
            "clientRef,contactRef\n", TestImports.Csv, "operaton=update&mode=all&blank=1&maxRejects=-1&maxRejectsPercent=101&delimiter=x&encoding=klingon&dryRun=yes&mapping={\"A\":\"nofield\"}")).ShouldFail(400, "invalid_parameter");

        Assert.That(refused.Problems, Is.EquivalentTo(new[]
        {
            "operaton invalid_parameter", "mode invalid_parameter", "blank invalid_parameter", "maxRejects invalid_parameter", "maxRejectsPercent invalid_parameter",
            "delimiter invalid_parameter", "encoding invalid_parameter", "dryRun invalid_parameter", "mapping invalid_mapping",
        }));
    }

    [TestCase("[1", "invalid_mapping")]
    [TestCase("[]", "invalid_mapping")]
    [TestCase("{\"Nowhere\":\"surname\"}", "invalid_mapping")]
    [TestCase("{\"contactRef\":null}", "missing_column")]
    [TestCase("{\"forename\":\"surname\"}", "invalid_mapping")]
    [TestCase("{\"constants\":{\"nofield\":1}}", "invalid_mapping")]
    [TestCase("{\"values\":{\"contact1Type\":1}}", "invalid_mapping")]
    [TestCase("{\"dateFormat\":\"yyyy\"}", "invalid_mapping")]
    [TestCase("{\"dateFormat\":\"%\"}", "invalid_mapping")]
    public async Task A_mapping_that_cannot_be_is_refused(string mapping, string code) =>
        (await (await Database.OwnerAsync()).SubmitAsync($"clientRef,contactRef,{TestImports.Columns}\n", TestImports.Csv, $"mapping={Uri.EscapeDataString(mapping)}")).ShouldFail(400, code);

    private static Task<ApiAnswer> SubmitAsync(ApiClient owner, string format, string clientRef)
    {
        string[] header = ["clientRef", "contactRef", "salutation", "forename", "surname", "contact1", "contact1Type", "preferredContact", "address1", "address2", "postCode", "notes", "location Ref", "isPreferred", "startDate"];
        string[][] rows =
        [
            [clientRef, "A", "Mr", "Jo", "Müller, \"Jo\"", "1", "1", "1", "1", "2", "P", "", "L1", "True", "27/11/2026"],
            [clientRef, "B", "Mr", "Jo", "Test", "1", "1", "1", "1", "2", "P", "two\nlines", "", "", ""],
        ];
        var csv = Csv(",");
        var objects = rows.Select(row => $$"""{"clientRef":"{{row[0]}}","contactRef":"{{row[1]}}","salutation":"Mr","forename":"Jo","surname":"{{row[4].Replace("\"", "\\\"", StringComparison.Ordinal)}}","contact1":"1","contact1Type":1,"preferredContact":1,"address1":"1","address2":"2","postCode":"P","notes":"{{row[11].Replace("\n", "\\n", StringComparison.Ordinal)}}"{{(row[12] == "" ? "" : ",\"locations\":[{\"locationRef\":\"L1\",\"isPreferred\":true,\"startDate\":\"2026-11-27\"}]")}}}""").ToArray();
        return format switch
        {
            "csv" => owner.SubmitAsync(csv),
            "semicolons" => owner.SubmitAsync(Csv(";")),
            "sep" => owner.SubmitAsync($"sep=|\r\n{Csv("|")}"),
            "tabs" => owner.SubmitAsync(Csv("\t"), "text/tab-separated-values"),
            "ndjson" => owner.SubmitAsync($"{objects[0]}\r\n\n{objects[1]}", TestImports.Ndjson),
            "array" => owner.SubmitAsync($"[{objects[0]}\n,{objects[1]}]", "application/json"),
            "object" => owner.SubmitAsync($"{{\"source\":{{\"contacts\":[1]}},\"contacts\":[{objects[0]},{objects[1]}],\"more\":1}}", "application/json"),
            "xlsx" => owner.SubmitAsync(Workbook(("People", [header, .. rows])), Xlsx, "sheet=People"),
            "gzip" => owner.SendAsync(HttpMethod.Post, "/api/v1/imports", Zipped(Zip(csv)), ("Prefer", "respond-sync")),
            "utf-16" => owner.SubmitAsync([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(csv)], TestImports.Csv),
            _ => owner.SubmitAsync(Encoding.Latin1.GetBytes(csv), TestImports.Csv, "encoding=windows-1252"),
        };

        string Csv(string delimiter) => string.Concat(rows.Prepend(header).Select(row => string.Join(delimiter, row.Select(cell => $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\r\n"));
    }

    private static ByteArrayContent Zipped(byte[] content) => Encoded(content, "gzip");

    private static ByteArrayContent Encoded(byte[] content, string encoding) => new(content) { Headers = { ContentType = new MediaTypeHeaderValue(TestImports.Csv), ContentEncoding = { encoding } } };

    private static byte[] Zip(string text)
    {
        var bytes = new MemoryStream();
        using (var gzip = new GZipStream(bytes, CompressionLevel.Fastest))
        {
            gzip.Write(Encoding.UTF8.GetBytes(text));
        }

        return bytes.ToArray();
    }

    private static byte[] Workbook((string Name, string[][] Rows) sheet)
    {
        var rows = sheet.Rows.Skip(1).DefaultIfEmpty([.. sheet.Rows[0].Select(_ => "")]).Select(row => sheet.Rows[0].Zip(row).ToDictionary(cell => cell.First, cell => (object)cell.Second));
        var bytes = new MemoryStream();
        bytes.SaveAs(rows, sheetName: sheet.Name);
        return bytes.ToArray();
    }
}
