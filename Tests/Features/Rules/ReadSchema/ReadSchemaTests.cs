using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Features.Imports;

namespace CrmImport.Tests.Features.Rules.ReadSchema;

/// <summary>GET /api/v1/schema/{record}: what a record looks like in a database, at once.</summary>
public sealed class ReadSchemaTests
{
    private const string Requirements = "/api/v1/admin/field-requirements";

    [Test]
    public async Task The_schema_follows_the_requirements_at_once_and_its_example_is_accepted()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("10174"));
        var before = (await owner.GetAsync("/api/v1/schema/contact")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.GetAsync("/api/v1/schema/contact", ("If-None-Match", before.Header("ETag")))).Status, Is.EqualTo(HttpStatusCode.NotModified));

        (await owner.PutAsync($"{Requirements}/notes", new JsonObject { ["mandatory"] = true, ["maxLength"] = 5, ["label"] = "Remarks" })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Requirements}/surname", new JsonObject { ["pattern"] = "^Z", ["default"] = "Zed" })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Requirements}/contact2Type", new JsonObject { ["allowed"] = new JsonArray("1", "6") })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Requirements}/considerations", new JsonObject { ["hidden"] = true })).ShouldBe(HttpStatusCode.OK);
        var after = (await owner.GetAsync("/api/v1/schema/contact", ("If-None-Match", before.Header("ETag")))).ShouldBe(HttpStatusCode.OK);
        var fields = after.Data["fields"]!.AsArray().ToDictionary(field => $"{field!["name"]}");
        var example = after.Data["example"]!.DeepClone().AsObject().With("clientRef", clientRef);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((before.Data["fields"]!.AsArray().Count, fields.Count), Is.EqualTo((21, 20)));
            Assert.That($"{fields["notes"]!["mandatory"]} {fields["notes"]!["maxLength"]} {fields["notes"]!["label"]} {fields["notes"]!["type"]}", Is.EqualTo("true 5 Remarks text"));
            Assert.That($"{fields["surname"]!["pattern"]} {fields["surname"]!["defaultValue"]}", Is.EqualTo("^Z Zed"));
            Assert.That(fields["contact2Type"]!["allowed"]!.ToJsonString(), Is.EqualTo("""["1","6"]"""));
            Assert.That($"{fields["contact1Type"]!["list"]} {fields["clientRef"]!["key"]}", Is.EqualTo("contacttype true"));
            Assert.That(after.Data["locations"]!.AsArray().Select(field => $"{field!["name"]}"), Does.Contain("usageTypeId"));
            Assert.That(after.Header("ETag"), Is.Not.EqualTo(before.Header("ETag")));
            (await owner.PostAsync("/api/v1/contacts", example)).ShouldBe(HttpStatusCode.Created);
        }
    }

    [TestCase("client")]
    [TestCase("location")]
    public async Task Clients_and_locations_have_schemas_whose_examples_are_accepted_too(string record)
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync());
        (await owner.PutAsync($"{Requirements}/{record}.address4", new JsonObject { ["mandatory"] = true, ["maxLength"] = 3 })).ShouldBe(HttpStatusCode.OK);

        var example = (await owner.GetAsync($"/api/v1/schema/{record}")).ShouldBe(HttpStatusCode.OK).Data["example"]!.DeepClone().AsObject();

        (await (record == "client" ? owner.PostAsync("/api/v1/clients", example.With("clientRef", TestDatabase.Unique("c"))) : owner.PostAsync("/rest/contact/location", example.With("clientRef", clientRef)))).ShouldBe(record == "client" ? HttpStatusCode.Created : HttpStatusCode.OK);
    }

    [Test]
    public async Task As_CSV_it_is_a_file_to_fill_in_which_an_import_reads()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        (await owner.PutAsync("/api/v1/clients/29", new JsonObject())).ShouldBe(HttpStatusCode.OK);
        var template = (await owner.GetAsync("/api/v1/schema/contact", ("Accept", "text/csv"))).ShouldBe(HttpStatusCode.OK);

        Assert.That(template.Header("Content-Disposition"), Does.Contain("contact.csv"));
        var rows = CsvText.Read(template.Body);
        Assert.That(rows, Has.Count.EqualTo(2));
        Assert.That(rows[0], Does.Contain("surname").And.Contain("locationRef"));
        Assert.That((await owner.ImportAsync(template.Body)).Counts(), Is.EqualTo("1 0 0 0"), template.Body);
    }

    [Test]
    public async Task Any_caller_of_the_database_reads_it_and_what_is_no_record_is_404()
    {
        var database = ServiceUnderTest.A;
        (await (await TestSession.OpenAsync(database, 1)).Client.GetAsync("/api/v1/schema/contact")).ShouldBe(HttpStatusCode.OK);
        (await (await database.OwnerAsync()).GetAsync("/api/v1/schema/account")).ShouldFail(404, "field_not_found");
        (await ApiClient.Anonymous.GetAsync("/api/v1/schema/contact", ("x-database", database.Name))).ShouldFail(401, "not_authenticated");
        (await (await database.OwnerAsync()).GetAsync("/api/v1/schema/contact", ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "not_authenticated");
    }
}
