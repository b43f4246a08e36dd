using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>How the edits of clients and locations stand in /openapi/v1.json.</summary>
public sealed class RecordDescriptionTests
{
    private static readonly string[] History = ["version", "createdAt", "createdBy", "updatedAt", "updatedBy", "archivedAt"];
    private static readonly string[] Client = ["clientRef", "name", "address1", "address2", "address3", "address4", "postCode", "notes"];
    private static readonly string[] Location = ["clientRef", "locationRef", "name", "address1", "address2", "address3", "address4", "postCode", "usageTypeId"];

    [TestCase("/api/v1/clients/{clientRef}", "put", "200", "201")]
    [TestCase("/api/v1/clients/{clientRef}", "patch", "200")]
    [TestCase("/api/v1/clients/{clientRef}/locations/{locationRef}", "put", "200", "201")]
    [TestCase("/api/v1/clients/{clientRef}/locations/{locationRef}", "patch", "200")]
    [TestCase("/rest/contact/location", "post", "200")]
    public async Task An_edit_says_what_it_takes_and_answers(string path, string method, params string[] statuses)
    {
        var document = await ReadAsync();
        var operation = document["paths"]![path]![method]!;
        var sent = path.Contains("location", StringComparison.Ordinal) ? Location : Client;
        string[] stored = sent == Location ? [.. sent, "preferredContactRef", .. History] : [sent[0], "id", .. sent[1..], .. History];

        using (Assert.EnterMultipleScope())
        {
            Assert.That(operation["responses"]!.AsObject().Select(response => response.Key).Where(status => status[0] == '2'), Is.EquivalentTo(statuses));
            foreach (var status in statuses)
            {
                var answer = operation["responses"]![status]!;
                var schema = Resolve(document, answer["content"]!["application/json"]!["schema"]!);
                Assert.That(Fields(Resolve(document, schema["properties"]!["data"]!)), Is.EqualTo(stored), status);
                Assert.That(Fields(schema), Does.Contain("outcome").And.Contain("changes").And.Contain("problems"), status);
                Assert.That(answer["headers"]!.AsObject().Select(header => header.Key), Is.SupersetOf(new[] { "X-Outcome", "ETag", "Location" }), status);
            }

            var body = operation["requestBody"]!["content"]!.AsObject();
            Assert.That(body.Select(type => type.Key), Is.EquivalentTo(
                method == "patch" ? ["application/json", "application/merge-patch+json", "application/json-patch+json"] : new[] { "application/json" }));
            Assert.That(Fields(Resolve(document, body[method == "patch" ? "application/merge-patch+json" : "application/json"]!["schema"]!)), Is.EqualTo(sent));
            Assert.That(operation["parameters"]!.AsArray().Select(parameter => Resolve(document, parameter!)["name"]!.GetValue<string>()), Is.SupersetOf(new[] { "dryRun", "If-Match", "Idempotency-Key" }));
        }
    }

    [Test]
    public async Task No_two_operations_have_one_id()
    {
        var ids = (await ReadAsync())["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
            .Where(operation => operation.Key != "head")
            .Select(operation => operation.Value!["operationId"]?.GetValue<string>())
            .Where(id => id is not null && char.IsLetter(id[0]) && id != "Health")
            .ToArray();

        Assert.That(ids, Is.Unique);
        Assert.That(ids, Is.SupersetOf(new[] { "ReplaceClient", "PatchClient", "UpsertLocation", "ReplaceLocation", "PatchLocation" }));
    }

    private static async Task<JsonObject> ReadAsync() => (await ApiClient.Anonymous.GetAsync("/openapi/v1.json")).ShouldBe(HttpStatusCode.OK).Json;

    private static JsonNode Resolve(JsonObject document, JsonNode part) =>
        part["$ref"] is { } reference ? reference.GetValue<string>()[2..].Split('/').Aggregate((JsonNode)document, (node, step) => node[step]!) : part;

    private static IEnumerable<string> Fields(JsonNode schema) => schema["properties"]!.AsObject().Select(property => property.Key);
}
