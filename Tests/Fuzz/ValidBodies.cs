using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>Makes bodies from the schemas of the OpenAPI document, with the refs and ids that exist.</summary>
internal sealed class ValidBodies(Known known, Caller caller)
{
    private static readonly string[] Words = ["John", "Zoë", "O'Neil", "李", "Test 😀", "A", "EX4 9HL", "test@test.test", "07123456789"];
    private static readonly int[] ContactTypes = [1, 6, 10];
    private static readonly string[] PatchPaths = ["/notes", "/name", "/address1", "/surname", "/op_name", "/active", "/requireVersion"];

    public JsonObject Object(RequestDraft draft, JsonObject schema, Random random, string unique)
    {
        var operation = draft.Operation;
        var required = (schema["required"]?.AsArray() ?? []).Select(name => (string)name!).ToHashSet();
        var body = new JsonObject();
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            if (draft.PathValues.TryGetValue(name, out var inPath) && !(operation.Area == "lists" && name == "name"))
            {
                if (random.Chance(0.2))
                {
                    body[name] = Uri.UnescapeDataString(inPath); // the same, or the service refuses it
                }
            }
            else if (required.Contains(name) || random.Chance(operation.Method == "PATCH" ? 0.15 : 0.5))
            {
                body[name] = Value(draft, name, property!.AsObject(), random, unique);
            }
        }

        return body;
    }

    public static JsonArray Patch(Operation operation, Random random)
    {
        var path = operation.Area == "settings" ? "/strictFields" : operation.Area == "accounts" ? "/op_name" : operation.Area == "endpoints" ? "/name" : random.Pick(PatchPaths);
        JsonNode value = operation.Area == "settings" ? false : $"patched {random.Next(1000)}";
        var all = new JsonArray(Step("replace", path, value));
        while (random.Chance(0.3))
        {
            all.Add(random.Next(5) switch
            {
                0 => Step("test", path, value.DeepClone()),
                1 => Step("add", path, value.DeepClone()),
                2 => new JsonObject { ["op"] = "copy", ["from"] = path, ["path"] = random.Pick(PatchPaths) },
                3 => new JsonObject { ["op"] = "move", ["from"] = "/notes", ["path"] = random.Pick(PatchPaths) },
                _ => new JsonObject { ["op"] = "remove", ["path"] = "/notes" },
            });
        }

        return all;
    }

    private static JsonObject Step(string op, string path, JsonNode value) => new() { ["op"] = op, ["path"] = path, ["value"] = value };

    private JsonNode? Value(RequestDraft draft, string name, JsonObject schema, Random random, string unique)
    {
        var operation = draft.Operation;
        switch (operation.Area, name)
        {
            case ("auth", "op_id"):
                return caller.OperatorId;
            case ("auth", "op_password"):
                return caller.Password;
            case ("auth", "refresh_token"):
                return caller.RefreshToken;
            case ("accounts", "op_id"):
                return random.Chance(0.1) ? random.Pick(Known.Accounts) : $"A{unique}";
            case ("accounts", "op_password"):
                return "another password";
            case ("endpoints", "name"):
                return random.Chance(0.1) ? "E" : $"E{unique}";
            case ("endpoints", "allowedAddresses"):
                return new JsonArray(random.Pick(["10.0.0.0/8", "127.0.0.1", "::1", "2001:db8::/32"]));
            case ("settings", "apiEnabled"):
                return random.Chance(0.97);
            case ("settings", _):
                return random.Chance(0.03);
            case (_, "contactRef") when operation.Method == "POST" && random.Chance(0.3):
                return $"N{unique}";
            case (_, "usageTypeId"):
                return random.Next(1, 3);
            case (_, "expiresAt"):
                return "2099-01-01T00:00:00Z";
        }

        if (known.Value(operation, name, random) is { } value && !(operation.Area == "lists" && name == "name"))
        {
            return value;
        }

        return name.EndsWith("Type", StringComparison.Ordinal) ? random.Pick(ContactTypes) : name.EndsWith("Date", StringComparison.Ordinal) ? DateOf(name, random) : BySchema(draft, schema, random, unique);
    }

    private JsonNode? BySchema(RequestDraft draft, JsonObject schema, Random random, string unique)
    {
        if (schema["enum"] is JsonArray allowed)
        {
            return random.Pick(allowed.ToArray())?.DeepClone();
        }

        var types = schema["type"] switch { JsonArray several => several.Select(type => (string)type!).ToArray(), { } one => [(string)one!], _ => [] };
        if (types.Contains("array"))
        {
            var items = schema["items"]!.AsObject();
            return new JsonArray([.. Enumerable.Range(0, random.Next(3)).Select(_ => items["properties"] is null ? BySchema(draft, items, random, unique) : Object(draft, items, random, unique))]);
        }

        return types.Contains("boolean") ? random.Chance(0.5)
            : types.Contains("integer") ? random.Next((int?)schema["minimum"] ?? 0, 1 + ((int?)schema["maximum"] ?? 9))
            : random.Pick(Words);
    }

    private static string DateOf(string name, Random random) => name.StartsWith("end", StringComparison.Ordinal) ? $"2030-01-{random.Next(10, 29)}" : $"{random.Next(10, 29)}/07/2019";
}
