using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace CrmImport.Fuzz;

/// <summary>Faults of the body: of a value, of the JSON text, of its bytes.</summary>
internal static class BodyFaults
{
    private static readonly string[] Values =
        ["null", "true", "false", "[]", "{}", "[null]", "[[]]", "{\"a\":1}", "\"\"", "\" \"", "1.5", "1e1000", "-1", "0", "2147483648", "99999999999999999999", "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00x\"", "\"\\u000d\\u000aX-Injected: 1\"", "\"Y\"", "\"True\"", "\"1\"", "\".\"", "\"..\"", "\"%2F\"", "nul", "'a'", "01", "+1", ".5", "NaN", "\"a\tb\""];
    private static readonly string[] Bodies = ["", " ", "null", "[]", "{}", "1", "\"x\"", "[[]]", "[{}]", "[null]", "{", "}", "{\"\":1}", "{\"a\"}", "{,}", "{\"a\":1,}", "// x\n{}", "<x/>", "a=b", "[{\"op\":\"x\"}]", "[{\"op\":\"test\",\"path\":\"x\"}]", "[{\"op\":\"remove\",\"path\":\"\"}]"];
    private static readonly string[] Pointers = ["", "/", "/nosuch", "/notes/0", "/locations/0", "/locations/-", "/locations/99", "/locations/01", "/~", "/~2", "/a~1b", "notes", "/clientRef", "/version", "/locations/0/startDate", "/surname", "/notes"];
    private static readonly string[] Charsets = ["utf-16", "utf-16BE", "utf-32", "latin1"];

    public static IReadOnlyList<Fault> All { get; } =
    [
        MutateMember,
        MutateMember,
        MutateMember,
        MutateMember,
        (draft, random) => Text(draft, text => text.Replace("}", $",\"{random.Pick(["unknown", "clientRef", "surname", "", "__proto__", "a\\r\\nX-Injected: 1", "\\u0000", "\\ud800"])}\":{random.Pick(Values)}}}", StringComparison.Ordinal)),
        (draft, random) => Text(draft, text => random.Chance(0.2) ? text.Replace("\":[", $"\":[{string.Concat(Enumerable.Repeat("{\"locationRef\":\"L1\",\"isPreferred\":false},", random.Pick([1, 2, 1001])))}", StringComparison.Ordinal) : text),
        (draft, random) => Text(draft, text => text.Length < 2 ? text : text[..random.Next(text.Length)]),
        (draft, random) => Text(draft, text => text + random.Pick(["x", "{}", "\0", " ", "]"])),
        (draft, random) => Text(draft, text => Nested(random.Next(1, 3) * random.Pick([10, 63, 64, 65, 1000]), text, random.Chance(0.5))),
        (draft, random) => Text(draft, _ => random.Pick(Bodies)),
        Patch,
        Patch,
        (draft, random) => Bytes(draft, bytes => [.. bytes.AsSpan(0, bytes.Length / 2), random.Pick<byte>([0xff, 0xc0, 0x80, 0xed, 0]), .. bytes.AsSpan(bytes.Length / 2)]),
        (draft, _) => Bytes(draft, bytes => [0xef, 0xbb, 0xbf, .. bytes]),
        (draft, random) => Recode(draft, random.Pick(Charsets), random.Chance(0.7)),
        (draft, random) => draft.Body ??= Encoding.UTF8.GetBytes(random.Pick(Bodies)), // also where no body is expected
        (draft, _) => draft.Body = null,
        (draft, random) => Text(draft, text => random.Chance(0.05) ? $"{text}{new string(' ', 1_100_000)}" : text),
        (draft, random) => Text(draft, _ => random.Chance(0.1) ? $"[{string.Join(',', Enumerable.Repeat("{\"op\":\"add\",\"path\":\"/notes\",\"value\":{\"a\":[1,2,3]}}", random.Next(2000)))}]" : "[]"),
    ];

    private static void MutateMember(RequestDraft draft, Random random)
    {
        if (draft.Body is null || Parse(draft.Body) is not { } body)
        {
            return;
        }

        var target = body;
        if (random.Chance(0.5) && body.Select(member => member.Value).OfType<JsonArray>().FirstOrDefault() is { Count: > 0 } items && random.Pick(items.ToArray()) is JsonObject { Count: > 0 } item)
        {
            target = item; // a location of the contact
        }

        var name = random.Pick(target.Select(member => member.Key).ToArray());
        const string Mark = "\"@mark@\"";
        var value = random.Next(4) switch
        {
            0 => JsonSerializer.Serialize(random.Pick(Rubbish.Texts)),
            1 => JsonSerializer.Serialize(random.Pick(Rubbish.Dates)),
            2 => JsonSerializer.Serialize(random.Pick(Rubbish.Numbers)),
            _ => random.Pick(Values),
        };
        if (random.Chance(0.15))
        {
            target.Remove(name);
        }
        else
        {
            target[name] = "@mark@"; // what is put there need not be JSON
        }

        draft.Body = Encoding.UTF8.GetBytes(body.ToJsonString().Replace(Mark, value, StringComparison.Ordinal));
    }

    private static void Patch(RequestDraft draft, Random random)
    {
        if (draft.Operation.Method != "PATCH")
        {
            return;
        }

        var operations = Enumerable.Range(0, random.Next(1, 5)).Select(_ => $$"""{"op":"{{random.Pick(["add", "remove", "replace", "move", "copy", "test", "ADD", "x"])}}","path":"{{random.Pick(Pointers)}}","from":"{{random.Pick(Pointers)}}","value":{{random.Pick(Values)}}}""");
        draft.SetHeader("Content-Type", random.Pick(["application/json", "application/json-patch+json"]));
        draft.Body = Encoding.UTF8.GetBytes($"[{string.Join(',', operations)}]");
    }

    private static void Recode(RequestDraft draft, string charset, bool isStated)
    {
        if (isStated)
        {
            draft.SetHeader("Content-Type", $"application/json; charset={charset}");
        }

        Bytes(draft, bytes => Encoding.GetEncoding(charset).GetBytes(Encoding.UTF8.GetString(bytes)));
    }

    private static string Nested(int depth, string text, bool isArray) =>
        isArray
            ? $"{new string('[', depth)}{text}{new string(']', depth)}"
            : $"{string.Concat(Enumerable.Repeat("{\"a\":", depth))}{text}{new string('}', depth)}";

    private static JsonObject? Parse(byte[] body)
    {
        try
        {
            var members = JsonNode.Parse(Encoding.UTF8.GetString(body)) as JsonObject;
            members?.ToJsonString(); // names are read late: this finds lone surrogates and names that appear twice
            return members is { Count: > 0 } ? members : null;
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            return null; // another fault was there first
        }
    }

    private static void Text(RequestDraft draft, Func<string, string> change) => Bytes(draft, bytes => Encoding.UTF8.GetBytes(change(Encoding.UTF8.GetString(bytes))));

    private static void Bytes(RequestDraft draft, Func<byte[], byte[]> change) => draft.Body = draft.Body is null ? null : change(draft.Body);
}
