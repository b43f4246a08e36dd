using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Features.Imports;

namespace CrmImport.Tests.Features.Rules.ReadDocument;

/// <summary>GET /openapi/{database}.json: the document of a database, with its own requirements.</summary>
public sealed class ReadDocumentTests
{
    private const string Requirements = "/api/v1/admin/field-requirements";

    [Test]
    public async Task The_document_has_the_requirements_at_once_and_its_examples_keep_them()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var path = $"/openapi/{database.Name}.json";
        var general = (await owner.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Json;
        var before = (await owner.GetAsync(path)).ShouldBe(HttpStatusCode.OK);
        Assert.That((await owner.GetAsync(path, ("If-None-Match", before.Header("ETag")))).Status, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That(JsonNode.DeepEquals(before.Json["components"], general["components"]), Is.True, "without requirements it is the general one");

        (await owner.PutAsync($"{Requirements}/notes", new JsonObject { ["mandatory"] = true, ["maxLength"] = 5, ["pattern"] = "^[a-z]+$", ["default"] = "none", ["label"] = "Remarks" })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Requirements}/considerations", new JsonObject { ["mandatory"] = true, ["allowed"] = new JsonArray("a", "b") })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Requirements}/client.notes", new JsonObject { ["hidden"] = true })).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Requirements}/location.usageTypeId", new JsonObject { ["allowed"] = new JsonArray("1") })).ShouldBe(HttpStatusCode.OK);
        var after = (await owner.GetAsync(path, ("If-None-Match", before.Header("ETag")))).ShouldBe(HttpStatusCode.OK).Json;
        var schemas = after["components"]!["schemas"]!;
        var (input, patch) = (schemas["ContactInput"]!, schemas["ContactPatch"]!);
        var example = after["paths"]!["/rest/contact/contact"]!["post"]!["requestBody"]!["content"]!["application/json"]!["example"]!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(input["properties"]!["notes"]!.ToJsonString(), Does.Contain("\"maxLength\":5").And.Contain("\"pattern\"").And.Contain("\"default\":\"none\"").And.Contain("\"title\":\"Remarks\"").And.Contain("\"type\":\"string\""));
            Assert.That(input["properties"]!["considerations"]!["enum"]!.ToJsonString(), Is.EqualTo("""["a","b"]"""));
            Assert.That(input["required"]!.AsArray().Select(name => $"{name}"), Does.Contain("considerations").And.Not.Contain("notes"), "what has a default may be left out");
            Assert.That(patch["required"], Is.Null);
            Assert.That(schemas["ContactLocationInput"]!["properties"]!["usageTypeId"]!["enum"]!.ToJsonString(), Is.EqualTo("[1,null]"), "what a contact changes of its location");
            Assert.That(patch["properties"]!["notes"]!["type"]!.ToJsonString(), Is.EqualTo("""["string","null"]"""));
            Assert.That(schemas["ClientInput"]!["properties"]!["notes"], Is.Null);
            Assert.That(schemas["Client"]!["properties"]!["notes"], Is.Null);
            Assert.That($"{example["notes"]} {example["considerations"]}", Is.EqualTo("none a"));
            Assert.That($"{after["info"]!["title"]}", Does.Contain(database.Name));
        }

        (await owner.PutAsync("/api/v1/clients/29", new JsonObject())).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(example.DeepClone().AsObject())).ShouldBe(HttpStatusCode.OK);

        foreach (var field in new[] { "notes", "considerations", "client.notes", "location.usageTypeId" })
        {
            (await owner.PutAsync($"{Requirements}/{field}", new JsonObject())).ShouldBe(HttpStatusCode.OK);
        }

        Assert.That(JsonNode.DeepEquals((await owner.GetAsync(path)).Json["components"], general["components"]), Is.True, "what is taken back leaves nothing behind");
    }

    [Test]
    public async Task The_document_and_the_schema_have_the_custom_fields_at_once_and_their_examples_are_accepted()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        foreach (var (name, definition) in new[]
        {
            ("colour", """{"type":"text","maxLength":10,"label":"Colour","mandatory":true}"""), ("score", """{"type":"decimal","mandatory":true}"""), ("born", """{"type":"date","mandatory":true}"""),
            ("vip", """{"type":"boolean","defaultValue":"true"}"""), ("kind", """{"type":"list","list":"contacttype","mandatory":true}"""), ("client.vatNumber", """{"type":"text"}"""), ("location.floors", """{"type":"integer"}"""),
        })
        {
            (await owner.PutAsync($"/api/v1/admin/custom-fields/{name}", JsonNode.Parse(definition)!)).ShouldBe(HttpStatusCode.Created);
        }

        var document = (await owner.GetAsync($"/openapi/{database.Name}.json")).ShouldBe(HttpStatusCode.OK).Json;
        var schemas = document["components"]!["schemas"]!;
        var schema = (await owner.GetAsync("/api/v1/schema/contact")).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(schemas["ContactInput"]!["properties"]!["colour"]!.ToJsonString(), Is.EqualTo("""{"type":"string","description":"Colour","title":"Colour","maxLength":10}"""));
            Assert.That(schemas["Contact"]!["properties"]!["born"]!.ToJsonString(), Is.EqualTo("""{"type":["string","null"],"description":"A custom field: born","format":"date"}"""));
            Assert.That(schemas["ContactPatch"]!["properties"]!["score"]!["type"]!.ToJsonString(), Is.EqualTo("""["number","null"]"""));
            Assert.That(schemas["ContactReplacement"]!["required"]!.AsArray().Select(name => $"{name}"), Is.SupersetOf(new[] { "colour", "score", "born", "kind" }).And.Not.Contain("vip"));
            Assert.That(schemas["Party"]!["properties"]!["vip"], Is.Not.Null);
            Assert.That(schemas["ClientItem"]!["properties"]!["vatNumber"], Is.Not.Null);
            Assert.That(schemas["LocationInput"]!["properties"]!["floors"]!["type"]!.ToJsonString(), Is.EqualTo("""["integer","null"]"""));
            Assert.That(schema.Data["fields"]!.AsArray().Select(field => $"{field!["name"]} {field["type"]}"), Is.SupersetOf(new[] { "score decimal", "born date", "kind integer" }));
        }

        (await owner.PutAsync("/api/v1/clients/29", new JsonObject())).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(schema.Data["example"]!.DeepClone())).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync("/api/v1/clients/29/contacts/other", document["paths"]!["/api/v1/clients/{clientRef}/contacts/{contactRef}"]!["put"]!["requestBody"]!["content"]!["application/json"]!["example"]!.DeepClone())).ShouldBe(HttpStatusCode.Created);
        var template = (await owner.GetAsync("/api/v1/schema/contact", ("Accept", "text/csv"))).ShouldBe(HttpStatusCode.OK).Body;
        Assert.That((await owner.ImportAsync(template)).Counts(), Is.EqualTo("0 0 1 0"), "the template with its example is an import");
    }

    [Test]
    public async Task It_is_for_callers_of_that_database()
    {
        var (one, other) = (ServiceUnderTest.A, ServiceUnderTest.B);
        (await ApiClient.Anonymous.GetAsync($"/openapi/{one.Name}.json", ("x-database", one.Name))).ShouldFail(401, "not_authenticated");
        (await (await other.OwnerAsync()).GetAsync($"/openapi/{one.Name}.json")).ShouldFail(404, "route_not_found");
        (await (await other.OwnerAsync()).GetAsync("/openapi/cv_nosuch.json")).ShouldFail(404, "route_not_found");
    }
}
