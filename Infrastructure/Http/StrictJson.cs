using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Http;

/// <summary>Reads JSON into nodes that can be worked with: not too many, no property twice, no text that is none, no number whose exponent is beyond reason.</summary>
internal sealed class StrictJson
{
    /// <summary>Deepest nesting of objects and arrays, in a body and in what a patch makes of a document.</summary>
    public const int MaxDepth = JsonBytes.MaxDepth;

    /// <summary>Most values (objects, arrays, texts, numbers, true, false, null) of a body: each becomes an object in memory, many times its size on the wire.</summary>
    public const int MaxValues = 20_000;

    // Comparing numbers by value writes their digits out; the framework throws where it cannot.
    private const int MaxExponent = 1000;

    private const int MaxReportedPath = 100;

    /// <summary>The names and indexes on the way to where the reader is: made a path of only where one is reported, since a name may be as long as a body.</summary>
    private readonly List<(string? Name, int Index)> place = [];

    private int values;
    private Problem? problem;

    private StrictJson()
    {
    }

    private bool IsFull => values > MaxValues;

    /// <summary>Reads the value the reader stands on; throws <see cref="JsonException"/> where the JSON itself is broken.</summary>
    public static Answer<JsonNode?> Read(ref Utf8JsonReader reader)
    {
        var json = new StrictJson();
        var node = json.ReadValue(ref reader);
        return json.IsFull ? new Refusal(ApiErrors.TooManyItems, $"The body has more than {MaxValues} JSON values")
            : json.problem is { } problem ? Refusal.Of([problem])
            : Answer<JsonNode?>.Of(node);
    }

    private JsonNode? ReadValue(ref Utf8JsonReader reader)
    {
        if (IsFull || ++values > MaxValues)
        {
            reader.Skip(); // refused already; whether the rest is JSON still counts
            return null;
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return ReadObject(ref reader);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader);
            case JsonTokenType.String:
                return JsonValue.Create(ReadText(ref reader));
            case JsonTokenType.Number:
                return ReadNumber(ref reader);
            case JsonTokenType.Null:
                return null;
            default:
                return JsonValue.Create(reader.GetBoolean());
        }
    }

    private JsonObject ReadObject(ref Utf8JsonReader reader)
    {
        var result = new JsonObject();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (IsFull)
            {
                reader.Skip();
                continue;
            }

            var name = ReadText(ref reader);
            reader.Read();
            place.Add((name, 0));
            if (!result.TryAdd(name, ReadValue(ref reader)))
            {
                Add(ApiErrors.DuplicateField, "appears more than once");
            }

            place.RemoveAt(place.Count - 1);
        }

        return result;
    }

    private JsonArray ReadArray(ref Utf8JsonReader reader)
    {
        var result = new JsonArray();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (IsFull)
            {
                reader.Skip();
                continue;
            }

            place.Add((null, result.Count));
            result.Add(ReadValue(ref reader));
            place.RemoveAt(place.Count - 1);
        }

        return result;
    }

    private string ReadText(ref Utf8JsonReader reader)
    {
        if (LenientValue.TryGetText(ref reader) is { } text)
        {
            return text;
        }

        Add(ApiErrors.InvalidCharacters, "has a NUL or a lone surrogate");
        return "";
    }

    // Kept with its digits: for a field, 1.0 is not a whole number.
    private JsonValue? ReadNumber(ref Utf8JsonReader reader)
    {
        var number = JsonElement.ParseValue(ref reader);
        var text = number.GetRawText();
        var exponent = text.IndexOfAny(['e', 'E']);
        if (exponent >= 0
            && !(int.TryParse(text.AsSpan(exponent + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var power) && Math.Abs((long)power) <= MaxExponent))
        {
            Add(ApiErrors.FieldOutOfRange, $"has an exponent beyond {MaxExponent}");
        }

        return JsonValue.Create(number);
    }

    // The first is enough to refuse by; a body of nothing else must not make an answer many times its size.
    private void Add(ApiError error, string fault)
    {
        if (problem is null)
        {
            var path = Path();
            problem = Problem.Severe(error, path, $"{(path.Length == 0 ? "The body" : path)} {fault}");
        }
    }

    // Like locations[0].startDate, cut off where it is long.
    private string Path()
    {
        var path = new StringBuilder();
        foreach (var (name, index) in place)
        {
            path.Append(name is null ? string.Create(CultureInfo.InvariantCulture, $"[{index}]") : path.Length == 0 ? name : $".{name}");
            if (path.Length > MaxReportedPath)
            {
                return path.ToString(0, MaxReportedPath) + '…';
            }
        }

        return path.ToString();
    }
}
