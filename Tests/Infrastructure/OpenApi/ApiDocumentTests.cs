using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Telemetry;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>/openapi/v1.json and the page at /docs, against the routes that are mapped and Oneserve's fields.</summary>
public sealed partial class ApiDocumentTests
{
    private const string DocumentPath = "/openapi/v1.json";

    /// <summary>Oneserve's fields: name, longest text (0: no text), whether it must be present.</summary>
    private static readonly (string Name, int MaxLength, bool IsRequired)[] ContactFields =
    [
        ("clientRef", 50, true), ("contactRef", 50, true), ("salutation", 50, true), ("forename", 80, true), ("surname", 80, true),
        ("contact1", 80, true), ("contact1Type", 0, true), ("contact2", 50, false), ("contact2Type", 0, false), ("contact3", 80, false), ("contact3Type", 0, false),
        ("contact4", 80, false), ("contact4Type", 0, false), ("preferredContact", 0, true), ("address1", 200, true), ("address2", 200, true), ("address3", 200, false),
        ("address4", 200, false), ("postCode", 50, true), ("notes", 2000, false), ("considerations", 4000, false),
    ];

    [Test]
    public async Task The_document_is_OpenAPI_3_1_for_everybody()
    {
        var answer = (await ApiClient.Anonymous.GetAsync(DocumentPath)).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Header("Content-Type"), Does.StartWith("application/json"));
        Assert.That(answer.Text("openapi"), Does.StartWith("3.1."));
        Assert.That(answer.Json["info"]!["title"]!.GetValue<string>(), Is.EqualTo("CrmImport"));
    }

    [Test]
    public async Task The_document_is_sent_compressed_and_not_again_to_who_has_it()
    {
        var plain = (await ApiClient.Anonymous.GetAsync(DocumentPath)).ShouldBe(HttpStatusCode.OK);
        var compressed = (await ApiClient.Anonymous.GetAsync(DocumentPath, ("Accept-Encoding", "br, gzip;q=0.5"))).ShouldBe(HttpStatusCode.OK);
        var refused = (await ApiClient.Anonymous.GetAsync(DocumentPath, ("Accept-Encoding", "gzip;q=0"))).ShouldBe(HttpStatusCode.OK);
        var same = await ApiClient.Anonymous.GetAsync(DocumentPath, ("If-None-Match", plain.Header("ETag")));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((compressed.Header("Content-Encoding"), plain.Header("Content-Encoding"), refused.Header("Content-Encoding")), Is.EqualTo(("gzip", "", "")));
            Assert.That(compressed.Header("ETag"), Is.Not.EqualTo(plain.Header("ETag")));
            Assert.That(int.Parse(compressed.Header("Content-Length"), null), Is.LessThan(plain.Body.Length / 5));
            Assert.That((plain.Header("Vary"), plain.Header("Cache-Control")), Is.EqualTo(("Accept-Encoding", "no-cache")));
            Assert.That((same.Status, same.Body), Is.EqualTo((HttpStatusCode.NotModified, "")));
        }
    }

    [Test]
    public async Task Every_route_is_described_and_no_other()
    {
        var document = await ReadAsync();

        var described = Operations(document).Select(operation => $"{operation.Method} {operation.Path}").ToArray();
        var mapped = RouteTable.All.Where(route => !route.Path.StartsWith("/openapi/", StringComparison.Ordinal) && !route.Path.StartsWith("/docs/", StringComparison.Ordinal)).Select(route => $"{route}").ToArray();
        Assert.That(mapped, Has.Length.GreaterThanOrEqualTo(9));
        Assert.That(described, Is.EquivalentTo(mapped));
    }

    [Test]
    public async Task Every_operation_says_what_it_does_who_may_call_it_and_how_it_fails()
    {
        var document = await ReadAsync();

        using (Assert.EnterMultipleScope())
        {
            foreach (var (method, path, operation) in Operations(document))
            {
                var route = RouteTable.All.Single(mapped => mapped.Method == method && mapped.Pattern == path);
                var name = $"{method} {path}";
                Assert.That(operation["summary"]?.GetValue<string>(), Is.Not.Null.And.Not.Empty, name);
                Assert.That(operation["tags"]!.AsArray(), Has.Count.EqualTo(1), name);
                Assert.That(operation["responses"]!["200"] ?? operation["responses"]!["201"], Is.Not.Null, name);
                Assert.That(Failures(operation).Select(failure => $"{failure.Value!["$ref"]}"), Has.All.EqualTo("#/components/responses/Failure").And.Not.Empty, name);
                Assert.That(Failures(operation).Any(failure => failure.Key[0] == '4'), Is.EqualTo(!path.StartsWith("/health/", StringComparison.Ordinal) && path is not ("/api" or "/api/v1" or "/.well-known/oauth-authorization-server")), name);
                Assert.That(
                    operation["security"]!.AsArray().Select(requirement => string.Join(" and ", requirement!.AsObject().Select(scheme => scheme.Key))),
                    Is.EquivalentTo(route.Access!.IsOpen ? [] : new[] { "bearer", "oneserve", "basic", "accessKey", "soTicket and soAppToken" }), name);
                Assert.That(PathParameters(document, operation), Is.EquivalentTo(ParameterNames().Matches(path).Select(match => match.Groups[1].Value)), name);
            }
        }
    }

    [Test]
    public async Task Every_way_to_present_a_credential_is_described()
    {
        var schemes = (await ReadAsync())["components"]!["securitySchemes"]!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(schemes.AsObject().Select(scheme => scheme.Key), Is.EquivalentTo(new[] { "bearer", "oneserve", "basic", "accessKey", "soTicket", "soAppToken" }));
            Assert.That($"{schemes["bearer"]!["type"]} {schemes["bearer"]!["scheme"]} {schemes["bearer"]!["bearerFormat"]}", Is.EqualTo("http bearer JWT"));
            Assert.That($"{schemes["oneserve"]!["type"]} {schemes["oneserve"]!["in"]} {schemes["oneserve"]!["name"]}", Is.EqualTo("apiKey header OS_REST_AUTH_TOKEN"));
            Assert.That($"{schemes["basic"]!["type"]} {schemes["basic"]!["scheme"]}", Is.EqualTo("http basic"));
            Assert.That($"{schemes["accessKey"]!["type"]} {schemes["accessKey"]!["in"]} {schemes["accessKey"]!["name"]}", Is.EqualTo("apiKey header X-Access-Key"));
            Assert.That($"{schemes["soTicket"]!["name"]} {schemes["soAppToken"]!["name"]}", Is.EqualTo("Authorization SO-AppToken"));
        }
    }

    [Test]
    public async Task A_contact_is_taken_with_the_contracts_fields()
    {
        var document = await ReadAsync();

        var body = document["paths"]!["/rest/contact/contact"]!["post"]!["requestBody"]!;
        var contact = Resolve(document, body["content"]!["application/json"]!["schema"]!);
        Assert.That(body["required"]!.GetValue<bool>(), Is.True);
        ShouldHaveTheContractsFields(contact, ContactFields.Where(field => field.IsRequired).Select(field => field.Name));

        var location = Resolve(document, contact["properties"]!["locations"]!["items"]!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Fields(location), Is.EqualTo(new[] { "locationRef", "isPreferred", "startDate", "endDate", "usageTypeId" }));
            Assert.That(Texts(location["required"]!), Is.EquivalentTo(new[] { "locationRef", "isPreferred" }));
            Assert.That(location["properties"]!["locationRef"]!["maxLength"]!.GetValue<int>(), Is.EqualTo(50));
            Assert.That(Types(contact["properties"]!["contact1Type"]!), Is.EqualTo(new[] { "integer" }), "text is taken too, and only the description says so");
            Assert.That($"{contact["description"]}", Does.Contain("may also be sent as text"));
            Assert.That(Types(location["properties"]!["isPreferred"]!), Is.EqualTo(new[] { "boolean" }));
            Assert.That($"{location["properties"]!["startDate"]!["format"]}", Is.EqualTo("date"));
            Assert.That(contact["properties"]!["preferredContact"]!["minimum"]!.ToJsonString(), Is.EqualTo("1"));
            Assert.That(contact["properties"]!["preferredContact"]!["maximum"]!.ToJsonString(), Is.EqualTo("4"));
        }
    }

    [Test]
    public async Task A_contact_is_answered_with_the_contracts_fields_all_of_them()
    {
        var document = await ReadAsync();

        foreach (var answer in new[] { Answer("/rest/contact/contact", "post"), Answer("/api/v1/clients/{clientRef}/contacts/{contactRef}", "get") })
        {
            var contact = Resolve(document, Resolve(document, answer)["properties"]!["data"]!);
            ShouldHaveTheContractsFields(contact, ContactFields.Select(field => field.Name), "version", "createdAt", "createdBy", "updatedAt", "updatedBy", "archivedAt");
            Assert.That(Types(contact["properties"]!["contact1Type"]!), Is.EqualTo(new[] { "integer" }));
            Assert.That(Types(contact["properties"]!["contact2Type"]!), Is.EquivalentTo(new[] { "integer", "null" }));
        }

        JsonNode Answer(string path, string method)
        {
            return document["paths"]![path]![method]!["responses"]!["200"]!["content"]!["application/json"]!["schema"]!;
        }
    }

    [Test]
    public async Task No_answer_has_a_number_that_may_be_text()
    {
        var document = await ReadAsync();
        var schemas = Operations(document)
            .SelectMany(operation => operation.Operation["responses"]!.AsObject())
            .Select(response => response.Value!["content"]?["application/json"]?["schema"])
            .OfType<JsonNode>()
            .SelectMany(schema => Within(document, schema, []))
            .ToArray();

        Assert.That(schemas, Has.Length.GreaterThan(50));
        Assert.That(
            schemas.Where(schema => schema["type"] is not null && Types(schema).Contains("string") && Types(schema).Intersect(["integer", "number", "boolean"]).Any()).Select(schema => schema.GetPath()),
            Is.Empty);
    }

    [Test]
    public async Task A_client_is_answered_with_contacts_and_locations_that_are_described()
    {
        var document = await ReadAsync();

        var client = Resolve(document, document["components"]!["schemas"]!["Client"]!);
        var contact = client["properties"]!["contacts"]!["items"];
        Assert.That(contact, Is.Not.Null, client.ToJsonString());
        Assert.That(Fields(Resolve(document, contact!)), Does.Contain("surname"));
        Assert.That(Fields(Resolve(document, client["properties"]!["locations"]!["items"]!)), Does.Contain("preferredContactRef"));
    }

    [TestCase("/api/v1/contacts", "surname")]
    [TestCase("/api/v1/clients/{clientRef}/contacts", "considerations")]
    [TestCase("/api/v1/clients", "postCode")]
    [TestCase("/api/v1/clients/{clientRef}/locations", "preferredContactRef")]
    public async Task A_list_is_described_with_its_parameters_and_its_fields(string path, string field)
    {
        var document = await ReadAsync();

        var list = document["paths"]![path]!["get"]!;
        var parameters = list["parameters"]!.AsArray().Select(parameter => Resolve(document, parameter!)).Where(parameter => $"{parameter!["in"]}" == "query").ToDictionary(parameter => $"{parameter!["name"]}", parameter => parameter!);
        var body = Resolve(document, list["responses"]!["200"]!["content"]!["application/json"]!["schema"]!);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(parameters.Keys, Is.EquivalentTo(new[] { "position", "size", "orderBy", "desc", "$filter", "search", "updatedSince", "archived", "$count", "$select" }));
            Assert.That(new[] { "position", "size", "orderBy" }.Select(name => $"{parameters[name]["description"]}"), Is.EqualTo(new[] { "$skip", "$top", "$orderBy" }).Using<string, string>((description, synonym) => description.Contains(synonym, StringComparison.Ordinal)));
            Assert.That($"{parameters["$filter"]["description"]}", Does.Contain(field));
            Assert.That(parameters["$filter"]["schema"]!["examples"]!.AsArray(), Has.Count.EqualTo(1));
            Assert.That(Texts(body["required"]!), Does.Contain("items").And.Not.Contain("orderBy").And.Not.Contain("desc"));
            Assert.That(Fields(Resolve(document, body["properties"]!["items"]!["items"]!)), Does.Contain(field));
        }

        var owner = await ServiceUnderTest.A.OwnerAsync();
        var example = Uri.EscapeDataString($"{parameters["$filter"]["schema"]!["examples"]![0]}");
        (await owner.GetAsync($"{path.Replace("{clientRef}", "29", StringComparison.Ordinal)}?$filter={example}&orderBy={parameters["orderBy"]["schema"]!["examples"]![0]}&$select={parameters["$select"]["schema"]!["examples"]![0]}")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task The_codes_and_levels_of_problems_are_those_of_the_error_catalogue()
    {
        var schemas = (await ReadAsync())["components"]!["schemas"]!;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Texts(schemas["ErrorCode"]!["enum"]!), Is.EqualTo(ApiErrors.All.Select(error => error.Code)));
            Assert.That(Texts(schemas["ProblemLevel"]!["enum"]!), Is.EqualTo(new[] { "SEVERE", "WARNING", "INFO" }));
            Assert.That(new[] { "code", "level" }.Select(name => $"{schemas["Problem"]!["properties"]![name]!["$ref"]}"), Is.EqualTo(new[] { "#/components/schemas/ErrorCode", "#/components/schemas/ProblemLevel" }));
            Assert.That($"{schemas["Failure"]!["properties"]!["code"]!["$ref"]}", Is.EqualTo("#/components/schemas/ErrorCode"));
        }
    }

    [Test]
    public async Task Every_body_is_a_named_schema_and_every_parameter_that_routes_share_a_named_parameter()
    {
        var document = await ReadAsync();
        var bodies = Operations(document).SelectMany(operation => new[] { operation.Operation["requestBody"] }.Concat(operation.Operation["responses"]!.AsObject().Select(response => response.Value)))
            .SelectMany(body => body?["content"]?.AsObject().Select(content => content.Value!["schema"]!) ?? [])
            .ToArray();
        var parameters = Operations(document).SelectMany(operation => operation.Operation["parameters"]?.AsArray() ?? []).Where(parameter => parameter!["$ref"] is null).Select(parameter => parameter!.ToJsonString());

        using (Assert.EnterMultipleScope())
        {
            Assert.That(bodies, Has.Length.GreaterThan(80));
            Assert.That(bodies.Where(schema => (schema["items"] ?? schema)["$ref"] is null && $"{schema["type"]}" != "string").Select(schema => schema.GetPath()), Is.Empty);
            Assert.That(parameters, Is.Unique.And.Not.Empty);
            Assert.That(document["components"]!.AsObject().SelectMany(part => part.Value!.AsObject()).Select(part => part.Key), Has.All.Match("^[A-Za-z]+$"));
        }
    }

    [Test]
    public async Task A_default_is_of_its_propertys_type_and_a_patch_has_none()
    {
        var schemas = (await ReadAsync())["components"]!["schemas"]!.AsObject();

        var defaults = schemas.SelectMany(schema => schema.Value!["properties"]?.AsObject().Where(property => property.Value!["default"] is not null).Select(property => (Schema: schema.Key, Property: property.Value!)) ?? []).ToArray();
        Assert.That(defaults.Select(found => found.Schema), Does.Contain("ListItemInput").And.Contain("AccountInput").And.None.EndsWith("Patch"));
        Assert.That(defaults.Select(found => found.Property["default"]!.GetValueKind() switch
        {
            System.Text.Json.JsonValueKind.Number => "integer",
            System.Text.Json.JsonValueKind.String => "string",
            _ => "boolean",
        }), Is.EqualTo(defaults.Select(found => $"{found.Property["type"]}")));
    }

    [Test]
    public async Task It_carries_the_builds_version_describes_its_tags_and_says_how_to_try_it()
    {
        var document = await ReadAsync();

        var tags = document["tags"]!.AsArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{document["info"]!["version"]}", Is.EqualTo(BuildInfo.Version));
            Assert.That($"{document["info"]!["description"]}", Does.Contain("Log in").And.Contain("access_token").And.Contain("Authorize"));
            Assert.That(tags.Select(tag => $"{tag!["name"]}"), Is.EquivalentTo(Operations(document).Select(operation => $"{operation.Operation["tags"]![0]}").Distinct()));
            Assert.That(tags.Select(tag => $"{tag!["description"]}"), Has.All.Not.Empty);
        }
    }

    [TestCase("get", "/health/ready", "503")]
    [TestCase("get", "/metrics", "401 404")]
    [TestCase("post", "/api/v1/auth/login", "400 401 403 408 413 415 429")]
    [TestCase("get", "/api/v1/contacts", "400 401 403 429")]
    [TestCase("get", "/api/v1/clients/{clientRef}/contacts/{contactRef}", "400 401 403 404 412 429")]
    [TestCase("post", "/rest/contact/contact", "400 401 403 408 409 412 413 415 422 429")]
    [TestCase("put", "/api/v1/clients/{clientRef}", "400 401 403 408 409 412 413 415 422 428 429")]
    [TestCase("patch", "/api/parties/{id}", "400 401 403 404 408 409 412 413 415 422 428 429")]
    [TestCase("post", "/api/v1/admin/endpoints/{id}/keys", "400 401 403 404 408 409 413 415 429")]
    public async Task An_operation_names_the_statuses_it_can_fail_with(string method, string path, string statuses)
    {
        var operation = (await ReadAsync())["paths"]![path]![method]!;

        Assert.That(string.Join(' ', Failures(operation).Select(failure => failure.Key)), Is.EqualTo($"{statuses} default"));
    }

    [Test]
    public async Task What_it_says_of_failures_leads_to_the_error_table()
    {
        var document = await ReadAsync();
        var page = (await ApiClient.Anonymous.GetAsync("/docs/errors")).ShouldBe(HttpStatusCode.OK).Body;

        var anchors = ErrorAnchors().Matches(document.ToJsonString()).Select(match => match.Groups[1].Value).Distinct().ToArray();
        var example = document["components"]!["responses"]!["Failure"]!["content"]!["application/json"]!["example"]!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(anchors, Has.Length.GreaterThan(8));
            Assert.That(anchors.Where(anchor => !page.Contains($"id=\"{anchor}\"", StringComparison.Ordinal)), Is.Empty);
            Assert.That($"{example["result"]} {example["ok"]} {example["status"]} {example["code"]} {example["problems"]![0]!["level"]}", Is.EqualTo("fail false 400 field_too_long SEVERE"));
        }
    }

    [Test]
    public async Task No_description_begins_like_a_list_in_Markdown()
    {
        var document = await ReadAsync();

        Assert.That(Descriptions().Matches(document.ToJsonString()).Select(match => match.Groups[1].Value), Has.Some.Contain("create only").And.None.Match(@"^\s*[*+-]\s"));
    }

    [Test]
    public async Task Every_success_with_a_body_shows_an_example()
    {
        var bodies = Operations(await ReadAsync())
            .SelectMany(operation => operation.Operation["responses"]!.AsObject().Where(response => response.Key[0] == '2').Select(response => response.Value!["content"]?["application/json"]))
            .OfType<JsonNode>()
            .ToArray();

        Assert.That(bodies, Has.Length.GreaterThan(45));
        Assert.That(bodies.Where(body => body["example"] is null or JsonObject { Count: 0 }).Select(body => body.GetPath()), Is.Empty);
    }

    [Test]
    public async Task Every_operation_has_a_name_of_its_own()
    {
        var names = Operations(await ReadAsync()).Select(operation => $"{operation.Operation["operationId"]}").ToArray();

        Assert.That(names, Is.Unique);
        Assert.That(names, Has.All.Match("^[A-Z][A-Za-z]+$"));
    }

    [Test]
    public async Task What_a_real_failure_leaves_out_is_not_described_as_required()
    {
        var document = await ReadAsync();
        var failure = await ApiClient.Anonymous.GetAsync("/api/v1/audit");

        var schema = document["components"]!["schemas"]!["Failure"]!;
        Assert.That(Texts(schema["required"]!), Is.EquivalentTo(failure.Json.Select(property => property.Key)));
        Assert.That(Fields(schema), Is.EquivalentTo(Texts(schema["required"]!).Concat(["result_error_msg", "error", "error_description"])));
    }

    [Test]
    public async Task Every_reference_in_the_document_leads_somewhere()
    {
        var document = await ReadAsync();
        var references = References().Matches(document.ToJsonString()).Select(match => match.Groups[1].Value).Distinct().ToArray();

        Assert.That(references, Is.Not.Empty);
        Assert.That(references.Where(reference => Find(document, reference) is null), Is.Empty);
    }

    [Test]
    public async Task The_document_tells_nothing_of_the_machine_or_of_what_runs_on_it()
    {
        var document = await ReadAsync();
        document.Remove("servers"); // the address the document was asked for at: the caller knows it
        var text = document.ToJsonString();

        foreach (var word in new[] { Environment.MachineName, Environment.UserName + "/", "CrmImport.Features", "CrmImport.Infrastructure", "System.", "Npgsql", "MediatR", "Dapper", "FluentValidation", "/tmp", "Host=", "localhost", "127.0.0.1", ServiceUnderTest.A.Name })
        {
            Assert.That(text, Does.Not.Contain(word));
        }
    }

    [Test]
    public async Task The_page_loads_nothing_from_another_host()
    {
        var page = (await ApiClient.Anonymous.GetAsync("/docs")).ShouldBe(HttpStatusCode.OK);
        Assert.That(page.Header("Content-Type"), Does.StartWith("text/html"));

        var addresses = Loads().Matches(page.Body).Select(match => match.Groups[1].Value).ToArray();
        Assert.That(addresses, Has.Length.GreaterThanOrEqualTo(4));
        Assert.That(addresses.Where(IsElsewhere), Is.Empty);
        foreach (var address in addresses)
        {
            var part = (await ApiClient.Anonymous.GetAsync(new Uri(new Uri(ServiceUnderTest.Url, "/docs/"), address).PathAndQuery)).ShouldBe(HttpStatusCode.OK);
            if (part.Header("Content-Type").Contains("css", StringComparison.Ordinal))
            {
                Assert.That(StyleLoads().Matches(part.Body).Select(match => match.Groups[1].Value).Where(IsElsewhere), Is.Empty, address);
            }
        }
    }

    [Test]
    public async Task The_pages_script_reads_this_services_document_and_sends_it_to_no_validator()
    {
        var script = (await ApiClient.Anonymous.GetAsync("/docs/index.js")).ShouldBe(HttpStatusCode.OK).Body;

        var configuration = JsonNode.Parse(Configuration().Match(script).Groups[1].Value)!.AsObject();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(configuration["urls"]!.AsArray().Select(url => url!["url"]!.GetValue<string>()), Is.EqualTo(new[] { DocumentPath }));
            Assert.That(configuration["validatorUrl"], Is.Null);
            Assert.That(script, Does.Contain("configObject.validatorUrl = null"), "left undefined, the page sends the document's address to validator.swagger.io");
            Assert.That(OtherHosts().Matches(Comments().Replace(script, "")).Select(match => match.Value), Is.Empty);
        }
    }

    private static async Task<JsonObject> ReadAsync() => (await ApiClient.Anonymous.GetAsync(DocumentPath)).ShouldBe(HttpStatusCode.OK).Json;

    private static void ShouldHaveTheContractsFields(JsonNode contact, IEnumerable<string> required, params string[] history)
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Fields(contact), Is.EquivalentTo(ContactFields.Select(field => field.Name).Append("locations").Concat(history)));
            Assert.That(Texts(contact["required"]!), Is.SupersetOf(required));
            Assert.That(Texts(contact["required"]!).Intersect(ContactFields.Select(field => field.Name)), Is.EquivalentTo(required));
            foreach (var (name, maxLength, _) in ContactFields)
            {
                Assert.That(contact["properties"]![name]!["maxLength"]?.GetValue<int>() ?? 0, Is.EqualTo(maxLength), name);
                Assert.That(Types(contact["properties"]![name]!), Does.Contain(maxLength > 0 ? "string" : "integer"), name);
            }
        }
    }

    private static IEnumerable<(string Method, string Path, JsonNode Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from operation in path.Value!.AsObject()
        select (operation.Key.ToUpperInvariant(), path.Key, operation.Value);

    private static IEnumerable<string> PathParameters(JsonObject document, JsonNode operation) =>
        (operation["parameters"]?.AsArray() ?? []).Select(parameter => Resolve(document, parameter!)).Where(parameter => parameter!["in"]!.GetValue<string>() == "path").Select(parameter => parameter!["name"]!.GetValue<string>());

    private static IEnumerable<KeyValuePair<string, JsonNode?>> Failures(JsonNode operation) => operation["responses"]!.AsObject().Where(response => response.Key[0] is '4' or '5' or 'd');

    private static IEnumerable<string> Fields(JsonNode schema) => schema["properties"]!.AsObject().Select(property => property.Key);

    private static IEnumerable<string> Texts(JsonNode array) => array.AsArray().Select(item => item!.GetValue<string>());

    private static IEnumerable<string> Types(JsonNode schema) => schema["type"] is JsonArray several ? Texts(several) : [schema["type"]!.GetValue<string>()];

    /// <summary>The schema and all schemas it is made of.</summary>
    private static IEnumerable<JsonNode> Within(JsonObject document, JsonNode schema, HashSet<string> seen)
    {
        var resolved = Resolve(document, schema);
        if (!seen.Add(resolved.GetPath()))
        {
            return [];
        }

        var parts = (resolved["properties"]?.AsObject().Select(property => property.Value) ?? [])
            .Append(resolved["items"])
            .Concat(new[] { "oneOf", "anyOf", "allOf" }.SelectMany(keyword => resolved[keyword]?.AsArray() ?? []));
        return parts.OfType<JsonNode>().SelectMany(part => Within(document, part, seen)).Prepend(resolved);
    }

    private static JsonNode Resolve(JsonObject document, JsonNode schema) =>
        schema["$ref"] is { } reference ? Find(document, reference.GetValue<string>())!
        : schema["oneOf"]?.AsArray().SingleOrDefault(choice => choice!["type"]?.ToString() != "null") is { } only ? Resolve(document, only)
        : schema;

    private static JsonNode? Find(JsonObject document, string reference) =>
        reference[2..].Split('/').Aggregate((JsonNode?)document, (node, step) => node?[step.Replace("~1", "/", StringComparison.Ordinal)]);

    private static bool IsElsewhere(string address) => address.StartsWith("//", StringComparison.Ordinal) || address.StartsWith("http", StringComparison.OrdinalIgnoreCase);

    [GeneratedRegex(@"\{(\w+)\}")]
    private static partial Regex ParameterNames();

    [GeneratedRegex("/docs/errors#([a-z0-9-]+)")]
    private static partial Regex ErrorAnchors();

    [GeneratedRegex("\"description\":\"([^\"]*)\"")]
    private static partial Regex Descriptions();

    [GeneratedRegex("\"\\$ref\":\"([^\"]+)\"")]
    private static partial Regex References();

    [GeneratedRegex("""<(?:script|link|img|iframe)\b[^>]*?\b(?:src|href)\s*=\s*["']([^"']+)["']""")]
    private static partial Regex Loads();

    [GeneratedRegex("""(?:url\(|@import\s)\s*["']?([^"')\s]+)""")]
    private static partial Regex StyleLoads();

    [GeneratedRegex(@"var configObject = (\{.*\});")]
    private static partial Regex Configuration();

    [GeneratedRegex(@"/\*.*?\*/|^\s*//[^\n]*$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Comments();

    [GeneratedRegex("https?://[^\"' ]+")]
    private static partial Regex OtherHosts();
}
