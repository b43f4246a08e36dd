using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Http;

/// <summary>A request's body that says it is JSON: its media type, its bytes as they came, and its text in UTF-8, not yet looked at.</summary>
internal sealed record JsonBytes(string MediaType, ReadOnlyMemory<byte> Raw, ReadOnlyMemory<byte> Text)
{
    /// <summary>Deepest nesting of objects and arrays.</summary>
    public const int MaxDepth = 64;

    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = MaxDepth };

    /// <summary>What a value is read into, from the token the reader stands on; throws <see cref="JsonException"/> where the JSON is broken.</summary>
    public delegate Answer<T> Reading<T>(ref Utf8JsonReader reader);

    /// <summary>
    /// Reads the one value the text is, which must begin with one of the characters: <c>{</c>, <c>[</c>. What is broken is <c>invalid_json</c> with its position.
    /// </summary>
    public Answer<T> Parse<T>(string roots, Reading<T> read)
    {
        var text = Text.Span;
        var json = text.StartsWith(Encoding.UTF8.Preamble) ? text[Encoding.UTF8.Preamble.Length..] : text;
        if (!Utf8.IsValid(json))
        {
            return Broken(json, JsonPosition.FirstInvalid(json), "Bytes that are not UTF-8", roots);
        }

        var start = json.IndexOfAnyExcept(" \t\r\n"u8);
        if (start < 0 || !roots.Contains((char)json[start], StringComparison.Ordinal))
        {
            return Broken(json, start < 0 ? json.Length : start, $"A {Name(roots)} text must begin with '{string.Join("' or '", roots.ToCharArray())}'", roots);
        }

        var reader = new Utf8JsonReader(json, ReaderOptions);
        try
        {
            reader.Read();
            var value = read(ref reader);
            reader.Read(); // nothing but blanks may follow
            return value;
        }
        catch (JsonException exception)
        {
            var position = JsonPosition.Of(json, exception);
            var isTooDeep = reader.CurrentDepth >= MaxDepth - 1 && position < json.Length && json[position] is (byte)'[' or (byte)'{';
            return Broken(json, position, isTooDeep ? $"Nested deeper than {MaxDepth} levels" : JsonPosition.Describe(json, position), roots);
        }
    }

    /// <summary>The refusal of a text that is not JSON, or not of these roots, from the offset on.</summary>
    public static Refusal Broken(ReadOnlySpan<byte> json, int offset, string what, string roots) =>
        new(ApiErrors.InvalidJson, $"The body is not one {(roots == "{" ? "JSON object" : roots == "[" ? "JSON array" : "JSON object or array")}")
        {
            Detail = $"{what} at character {JsonPosition.Locate(json, offset)}",
        };

    private static string Name(string roots) => roots == "{" ? "JSONObject" : roots == "[" ? "JSONArray" : "JSON";
}
