using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports.PreviewImport;

public sealed class PreviewImportTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task It_proposes_what_the_columns_may_be_and_shows_the_first_rows()
    {
        var clientRef = await Database.AddClientAsync();
        var rows = string.Concat(Enumerable.Range(0, 30).Select(i => $"{clientRef};C{i};Frau;Eva;Muster;{(i == 1 ? "x" : "1")};1;;rot;Ort\r\n"));
        var preview = await PreviewAsync($"clientRef;Contact Ref;Anrede;Vorname;sirname;contact1Type;preferredContact;E-Mail;Lieblingsfarbe;Ort\r\n{rows}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{preview["format"]} {preview["encoding"]} {preview["delimiter"]} {preview["isCut"]} {preview["rowsLookedAt"]} {preview["rowsRejected"]} {preview["blankCellsKept"]}", Is.EqualTo("csv utf-8 ; false 30 1 30"));
            Assert.That(preview["columns"]!.AsArray().Select(column => $"{column!["column"]} {column["field"]} {column["reason"]}"), Is.EqualTo(new[]
            {
                "clientRef clientRef exact", "Contact Ref contactRef spelling", "Anrede salutation alternate", "Vorname forename alternate", "sirname surname similar",
                "contact1Type contact1Type exact", "preferredContact preferredContact exact", "E-Mail contact3 alternate", "Lieblingsfarbe  ", "Ort address2 alternate",
            }));
            Assert.That(preview["mapping"]!.ToJsonString(), Is.EqualTo("""{"Anrede":"salutation","Vorname":"forename","sirname":"surname","E-Mail":"contact3","Ort":"address2"}"""));
            Assert.That(preview["missing"]!.ToJsonString(), Is.EqualTo("""["contact1","address1","postCode"]"""));
            Assert.That(preview["ignored"]!.ToJsonString(), Is.EqualTo("""["Lieblingsfarbe"]"""));
            Assert.That(preview["rows"]!.AsArray(), Has.Count.EqualTo(20));
            Assert.That(preview["rows"]![0]!["contact"]!.ToJsonString(), Does.Contain("\"surname\":\"Muster\",\"contact1Type\":1"));
            Assert.That(preview["rows"]![1]!["problems"]![0]!["code"]!.GetValue<string>(), Is.EqualTo("field_not_integer"));
        }
    }

    [Test]
    public async Task The_proposed_mapping_can_be_sent_with_the_import()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var csv = $"Customer ID,Record ID,Title,First Name,Last Name,Phone,contact1Type,preferredContact,Street,City,Zip/Postal Code\n{clientRef},1,Mr,J,T,1,1,1,a,b,c\n";

        var mapping = (await PreviewAsync(csv))["mapping"]!.ToJsonString();

        Assert.That((await owner.ImportAsync(csv, query: $"mapping={Uri.EscapeDataString(mapping)}")).Counts(), Is.EqualTo("1 0 0 0"));
    }

    // The headers that these programs export; what they say of a contact is found, and no column is taken for two fields.
    [TestCase("Outlook", "Title,First Name,Middle Name,Last Name,Company,Business Street,Business City,Business State,Business Postal Code,Business Country/Region,Business Phone,Mobile Phone,E-mail Address,Notes", "salutation forename surname address1 address2 address3 postCode address4 contact1 contact2 contact3 notes")]
    [TestCase("Google", "Name Prefix,First Name,Last Name,Notes,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value,Phone 2 - Value,Address 1 - Street,Address 1 - City,Address 1 - Region,Address 1 - Postal Code,Address 1 - Country", "salutation forename surname notes contact3 contact1 contact2 address1 address2 address3 postCode address4")]
    [TestCase("HubSpot", "Record ID,First Name,Last Name,Email,Phone Number,Street Address,City,State/Region,Postal Code,Country/Region,Associated Company ID", "contactRef forename surname contact3 contact1 address1 address2 address3 postCode address4 clientRef")]
    [TestCase("Salesforce", "Contact ID;Account ID;Salutation;First Name;Last Name;Phone;Mobile;Email;Mailing Street;Mailing City;Mailing State/Province;Mailing Zip/Postal Code;Mailing Country;Description", "contactRef clientRef salutation forename surname contact1 contact2 contact3 address1 address2 address3 postCode address4 notes")]
    [TestCase("Excel, German", "Kundennummer;Kontakt-ID;Anrede;Vorname;Nachname;Telefon;Handy;E-Mail-Adresse;Straße;Ort;PLZ;Land;Bemerkungen", "clientRef contactRef salutation forename surname contact1 contact2 contact3 address1 address2 postCode address4 notes")]
    [TestCase("Excel, French", "Numéro client;Identifiant;Civilité;Prénom;Nom;Téléphone;Portable;Courriel;Adresse;Ville;Code postal;Pays;Remarques", "clientRef contactRef salutation forename surname contact1 contact2 contact3 address1 address2 postCode address4 notes")]
    public async Task Columns_of_other_programs_exports_are_known(string program, string header, string fields)
    {
        var preview = await PreviewAsync($"{header}\r\n{new string(header.Contains(';', StringComparison.Ordinal) ? ';' : ',', header.Split(',', ';').Length - 1)}\r\n");

        Assert.That(string.Join(' ', preview["columns"]!.AsArray().Select(column => (string?)column!["field"]).OfType<string>()), Is.EqualTo(fields), program);
    }

    [Test]
    public async Task Of_a_large_file_the_beginning_is_read_and_nothing_is_kept()
    {
        var before = await Database.QueryAsync<long>("select count(*) from import where name = 'preview'");
        var csv = new StringBuilder("clientRef,contactRef,notes\n");
        for (var i = 0; csv.Length < 3_000_000; i++)
        {
            csv.Append($"C,{i},ünïcödé {i}\n");
        }

        var (utf8, utf16) = (await PreviewAsync(csv.ToString(), query: "name=preview"), await PreviewAsync([.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(csv.ToString())], TestImports.Csv));
        var json = await PreviewAsync($"[{string.Join(",\n", Enumerable.Range(0, 40_000).Select(i => $$"""{"clientRef":"C","contactRef":"{{i}}"}"""))}]", "application/json");

        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{utf8["isCut"]} {utf16["isCut"]} {json["isCut"]} {utf16["encoding"]}", Is.EqualTo("true true true utf-16"));
            Assert.That(utf8["rowsRejected"]!.GetValue<int>() + utf16["rowsRejected"]!.GetValue<int>(), Is.Zero);
            Assert.That(utf8["rowsLookedAt"]!.GetValue<int>(), Is.InRange(20_000, 70_000));
            Assert.That(json["problems"]!.AsArray(), Is.Empty);
            Assert.That(await Database.QueryAsync<long>("select count(*) from import where name = 'preview'"), Is.EqualTo(before));
        }
    }

    [Test]
    public async Task What_is_no_file_is_refused_as_by_an_import()
    {
        var owner = await Database.OwnerAsync();
        using (Assert.EnterMultipleScope())
        {
            (await SendAsync(owner, Encoding.UTF8.GetBytes(""), TestImports.Csv)).ShouldFail(400, "empty_file");
            (await SendAsync(owner, [0xFF, 0x00, 0xE9], TestImports.Csv)).ShouldFail(400, "invalid_encoding");
            (await SendAsync(owner, [1], "image/png")).ShouldFail(415, "unsupported_media_type");
            (await SendAsync(owner, [1], TestImports.Csv, "mode=half")).ShouldFail(400, "invalid_parameter");
            (await SendAsync((await TestSession.OpenAsync(Database, 1, "contact:read")).Client, [1], TestImports.Csv)).ShouldFail(403, "forbidden");
        }
    }

    private static Task<JsonObject> PreviewAsync(string text, string mediaType = TestImports.Csv, string query = "") => PreviewAsync(Encoding.UTF8.GetBytes(text), mediaType, query);

    private static async Task<JsonObject> PreviewAsync(byte[] content, string mediaType, string query = "") =>
        (await SendAsync(await Database.OwnerAsync(), content, mediaType, query)).ShouldBe(HttpStatusCode.OK).Data;

    private static Task<ApiAnswer> SendAsync(ApiClient client, byte[] content, string mediaType, string query = "")
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return client.SendAsync(HttpMethod.Post, $"/api/v1/imports/preview?{query}", body);
    }
}
