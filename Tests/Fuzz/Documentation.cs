using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace CrmImport.Fuzz;

/// <summary>What the service says of itself: the operations of /openapi/v1.json and the error codes of /docs/errors.</summary>
internal sealed partial record Documentation(IReadOnlyList<Operation> Operations, IReadOnlySet<string> Codes)
{
    private const int MaxDepth = 8;

    public static async Task<Documentation> ReadAsync(HttpClient http)
    {
        var document = JsonNode.Parse(await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative)))!.AsObject();
        var errors = await http.GetStringAsync(new Uri("/docs/errors", UriKind.Relative));
        var operations =
            from path in document["paths"]!.AsObject()
            from method in path.Value!.AsObject()
            where method.Key != "parameters"
            select Read(document, path.Key, method.Key.ToUpperInvariant(), method.Value!.AsObject());
        return new Documentation([.. operations], Code().Matches(errors).Select(match => match.Groups[1].Value).ToHashSet());
    }

    private static Operation Read(JsonObject document, string path, string method, JsonObject operation)
    {
        var parameters = (operation["parameters"]?.AsArray() ?? []).Select(parameter => Inline(document, parameter!, 0).AsObject()).ToLookup(parameter => (string)parameter["in"]!);
        var bodies = operation["requestBody"]?["content"]?.AsObject() ?? [];
        var select = parameters["query"].FirstOrDefault(parameter => (string)parameter["name"]! == "$select");
        return new Operation(
            method,
            path,
            [.. parameters["path"].Select(Name)],
            parameters["query"].ToDictionary(Name, parameter => parameter["schema"]?.AsObject() ?? []),
            [.. parameters["header"].Select(Name)],
            bodies.ToDictionary(body => body.Key, body => Inline(document, body.Value!["schema"]!, 0).AsObject()),
            FieldsOf((string?)select?["description"] ?? ""));
    }

    private static string Name(JsonObject parameter) => (string)parameter["name"]!;

    // "Only these properties, in this order: any of clientRef, contactRef, …"
    private static string[] FieldsOf(string description) =>
        description.IndexOf("any of ", StringComparison.Ordinal) is >= 0 and var start
            ? [.. description[(start + 7)..].Split(", ").Select(field => Word().Match(field).Value).Where(field => field.Length > 0)]
            : [];

    /// <summary>The node with what it refers to in place of the references, down to a depth.</summary>
    private static JsonNode Inline(JsonObject document, JsonNode node, int depth)
    {
        if (depth < MaxDepth && node is JsonObject { } reference && (string?)reference["$ref"] is { } pointer)
        {
            return Inline(document, pointer.Split('/').Skip(1).Aggregate((JsonNode)document, (at, name) => at[name]!), depth + 1);
        }

        return node switch
        {
            JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, member.Value is null ? null : (JsonNode?)Inline(document, member.Value, depth)))),
            JsonArray items => new JsonArray([.. items.Select(item => item is null ? null : Inline(document, item, depth))]),
            _ => node.DeepClone(),
        };
    }

    [GeneratedRegex("<h3 id=\"([a-z_]+)\">")]
    private static partial Regex Code();

    [GeneratedRegex("^[A-Za-z_0-9.]+")]
    private static partial Regex Word();
}
