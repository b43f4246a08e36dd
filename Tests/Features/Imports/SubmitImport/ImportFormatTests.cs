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

    [TestCase("[{0}]x")]
    [TestCase("[{0}][{0}]")]
    [TestCase("[{0}],")]
    [TestCase("{{\"contacts\":[{0}],\"contacts\":[{0}]}}")]
    [TestCase("{{\"contacts\":[{0}]")]
    [TestCase("{{\"contacts\":[{0}]}}]")]
    [TestCase("{{\"contacts\":[{0}] \"more\":1}}")]
    public async Task Nothing_may_follow_the_array_of_contacts(string format)
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync(), "A").ToJsonString();

        var import = await owner.ImportAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, format, contact), "application/json");

        Assert.That($"{import["state"]} {import.Counts()} {import["problems"]![0]!["code"]}", Is.EqualTo("failed 1 0 0 0 invalid_file"));
    }

    [Test]
    public async Task A_large_array_is_read_on_between_any_two_chunks()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var contacts = string.Join(",\n", Enumerable.Range(0, 2500).Select(i => Sample.Contact(clientRef, $"C{i}").ToJsonString()));

        var import = await owner.ImportAsync($"{{\"source\":[1],\"contacts\":[{contacts}],\"more\":{{\"a\":[]}}}}\n", "application/json");

        Assert.That($"{import["state"]} {import.Counts()}", Is.EqualTo("completed 2500 0 0 0"));
    }

    [Test]
    public async Task A_form_ends_with_its_file()
    {
        var owner = await Database.OwnerAsync();
        var csv = $"clientRef,contactRef,{TestImports.Columns}\n{await Database.AddClientAsync()},A,{TestImports.Cells}\n";
        using (Assert.EnterMultipleScope())
        {
            foreach (var path in new[] { "/api/v1/imports", "/api/v1/imports/preview" })
            {
                var late = new MultipartFormDataContent { { new StringContent(csv), "file", "a.csv" }, { new StringContent("true"), "dryRun" } };
                var two = new MultipartFormDataContent { { new StringContent(csv), "file", "a.csv" }, { new StringContent(csv), "file", "b.csv" } };
                Assert.That((await owner.SendAsync(HttpMethod.Post, path, late)).ShouldFail(400, "invalid_request").Text("result_msg"), Does.Contain("after its file").And.Contain("dryRun"));
                (await owner.SendAsync(HttpMethod.Post, path, two)).ShouldFail(400, "invalid_request");
            }
        }
    }

    [Test]
    public async Task Without_a_content_type_the_extension_counts()
    {
        var owner = await Database.OwnerAsync();
        var csv = $"clientRef,contactRef,{TestImports.Columns}\n{await Database.AddClientAsync()},A,{TestImports.Cells}\n";

        var named = await owner.SendAsync(HttpMethod.Post, "/api/v1/imports?fileName=a.csv", new ByteArrayContent(Encoding.UTF8.GetBytes(csv)), ("Prefer", "respond-sync"));
        var unnamed = await owner.SendAsync(HttpMethod.Post, "/api/v1/imports", new ByteArrayContent(Encoding.UTF8.GetBytes(csv)));

        Assert.That(named.ShouldBe(HttpStatusCode.OK).Data.Counts(), Is.EqualTo("1 0 0 0"));
        unnamed.ShouldFail(415, "unsupported_media_type");
    }

    [TestCase("<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>clientRef</t></is></c>")]
    [TestCase("<!DOCTYPE x [<!ENTITY a \"b\">]><sheetData/>")]
    public async Task A_workbook_whose_sheet_is_broken_is_refused(string sheet)
    {
        var owner = await Database.OwnerAsync();
        var book = Broken(Workbook(("Sheet1", [["clientRef", "contactRef"]])), sheet);

        (await owner.SubmitAsync(book, Xlsx)).ShouldFail(400, "invalid_file");
        (await owner.SendAsync(HttpMethod.Post, "/api/v1/imports/preview", Typed(book))).ShouldFail(400, "invalid_file");
    }

    [Test]
    public async Task A_cell_of_a_workbook_has_limits_and_an_error_in_it_rejects_the_row()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        string[] header = ["clientRef", "contactRef", .. TestImports.Columns.Split(',')];
        var import = (await owner.SubmitAsync(Workbook(("S", [header, [clientRef, "A", .. TestImports.Cells.Split(',')], [clientRef, "#REF!", .. TestImports.Cells.Split(',')]])), Xlsx)).ShouldBe(HttpStatusCode.OK).Data;

        Assert.That(await owner.OutcomesAsync(import), Is.EqualTo(new[] { "2 created", "3 rejected  malformed_row" }));
        var wide = Enumerable.Repeat(new string('x', 30_000), 40).ToArray();
        Assert.That(await owner.OutcomesAsync((await owner.SubmitAsync(Workbook(("S", [[.. header, .. wide.Select((_, i) => $"x{i}")], [.. header, .. wide]])), Xlsx)).ShouldBe(HttpStatusCode.OK).Data), Is.EqualTo(new[] { "2 rejected  row_too_large" }));
        Assert.That(await owner.OutcomesAsync(await owner.ImportAsync($"{string.Join(',', header)},x\n{clientRef},B,{TestImports.Cells},{new string('x', 1_200_000)}\n{clientRef},C,{TestImports.Cells},x\n")), Is.EqualTo(new[] { "2 rejected  row_too_large", "3 created" }));
        (await owner.SubmitAsync(Workbook(("S", [header, [new string('x', 3_000_000)]])), Xlsx)).ShouldFail(413, "body_too_large");
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
    [TestCase("{\"dateFormat\":5}", "invalid_mapping")]
    [TestCase("{\"constants\":1}", "invalid_mapping")]
    [TestCase("{\"constants\":{\"notes\":\"\\ud800\"}}", "invalid_mapping")]
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

    private static ByteArrayContent Typed(byte[] book)
    {
        var content = new ByteArrayContent(book);
        content.Headers.ContentType = new(Xlsx);
        return content;
    }

    // The workbook with another first sheet.
    private static byte[] Broken(byte[] book, string sheet)
    {
        var stream = new MemoryStream();
        stream.Write(book);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            var name = archive.Entries.Single(entry => entry.FullName.Contains("worksheets/sheet", StringComparison.Ordinal)).FullName;
            archive.GetEntry(name)!.Delete();
            using var writer = new StreamWriter(archive.CreateEntry(name).Open());
            writer.Write($"<?xml version=\"1.0\"?>{(sheet.StartsWith("<!", StringComparison.Ordinal) ? "" : "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">")}{sheet}");
        }

        return stream.ToArray();
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
