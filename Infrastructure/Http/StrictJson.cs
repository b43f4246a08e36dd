using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Http;

/// <summary>Reads JSON into nodes that can be worked with: no property twice, no text that is none, no number whose exponent is beyond reason.</summary>
internal static class StrictJson
{
    /// <summary>Deepest nesting of objects and arrays, in a body and in what a patch makes of a document.</summary>
    public const int MaxDepth = JsonBytes.MaxDepth;

    // Comparing numbers by value writes their digits out; the framework throws where it cannot.
    private const int MaxExponent = 1000;

    /// <summary>Reads the value the reader stands on; throws <see cref="JsonException"/> where the JSON itself is broken.</summary>
    public static Answer<JsonNode?> Read(ref Utf8JsonReader reader)
    {
        var problems = new List<Problem>();
        var node = Read(ref reader, "", problems);
        return problems.Count > 0 ? Refusal.Of(problems) : Answer<JsonNode?>.Of(node);
    }

    private static JsonNode? Read(ref Utf8JsonReader reader, string path, List<Problem> problems)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, path, problems);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader, path, problems);
            case JsonTokenType.String:
                return JsonValue.Create(ReadText(ref reader, path, problems));
            case JsonTokenType.Number:
                return ReadNumber(ref reader, path, problems);
            case JsonTokenType.Null:
                return null;
            default:
                return JsonValue.Create(reader.GetBoolean());
        }
    }

    private static JsonObject ReadObject(ref Utf8JsonReader reader, string path, List<Problem> problems)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = ReadText(ref reader, path, problems);
            var memberPath = path.Length == 0 ? name : $"{path}.{name}";
            reader.Read();
            var value = Read(ref reader, memberPath, problems);
            if (!result.TryAdd(name, value))
            {
                Add(problems, ApiErrors.DuplicateField, memberPath, "appears more than once");
            }
        }

        return result;
    }

    private static JsonArray ReadArray(ref Utf8JsonReader reader, string path, List<Problem> problems)
    {
        var result = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            result.Add(Read(ref reader, $"{path}[{result.Count}]", problems));
        }

        return result;
    }

    private static string ReadText(ref Utf8JsonReader reader, string path, List<Problem> problems)
    {
        if (LenientValue.TryGetText(ref reader) is { } text)
        {
            return text;
        }

        Add(problems, ApiErrors.InvalidCharacters, path, "has a NUL or a lone surrogate");
        return "";
    }

    // Kept with its digits: for a field, 1.0 is not a whole number.
    private static JsonValue? ReadNumber(ref Utf8JsonReader reader, string path, List<Problem> problems)
    {
        var number = JsonElement.ParseValue(ref reader);
        var text = number.GetRawText();
        var exponent = text.IndexOfAny(['e', 'E']);
        if (exponent >= 0
            && !(int.TryParse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && Math.Abs((long)power) <= MaxExponent))
        {
            Add(problems, ApiErrors.FieldOutOfRange, path, $"has an exponent beyond {MaxExponent}");
        }

        return JsonValue.Create(number);
    }

    // The first is enough to refuse by; a body of nothing else must not make an answer many times its size.
    private static void Add(List<Problem> problems, ApiError error, string path, string fault)
    {
        if (problems.Count == 0)
        {
            var shown = path.Length == 0 ? "The body" : path.Length <= 100 ? path : path[..100] + '…';
            problems.Add(Problem.Severe(error, path.Length <= 100 ? path : shown, $"{shown} {fault}"));
        }
    }
}
