using System.Net;
using System.Text.Json.Nodes;

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
    public async Task It_is_for_callers_of_that_database()
    {
        var (one, other) = (ServiceUnderTest.A, ServiceUnderTest.B);
        (await ApiClient.Anonymous.GetAsync($"/openapi/{one.Name}.json", ("x-database", one.Name))).ShouldFail(401, "not_authenticated");
        (await (await other.OwnerAsync()).GetAsync($"/openapi/{one.Name}.json")).ShouldFail(404, "route_not_found");
        (await (await other.OwnerAsync()).GetAsync("/openapi/cv_nosuch.json")).ShouldFail(404, "route_not_found");
    }
}
