using System.Globalization;
using System.Text.Json.Nodes;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>A place in a JSON document (RFC 6901): the names and indexes on the way to it, unescaped; none at the root.</summary>
internal sealed record JsonPointer(string Text, IReadOnlyList<string> Tokens)
{
    /// <summary>Where <c>add</c> finds the end of an array.</summary>
    private const string EndOfArray = "-";

    /// <summary>Null where the text is no pointer: not empty and without a leading slash, or with a tilde that escapes nothing.</summary>
    public static JsonPointer? TryParse(string text)
    {
        if (text.Length == 0)
        {
            return new JsonPointer(text, []);
        }

        if (text[0] != '/' || text.Replace("~0", "", StringComparison.Ordinal).Replace("~1", "", StringComparison.Ordinal).Contains('~', StringComparison.Ordinal))
        {
            return null;
        }

        // ~1 first: the other way round ~01, which is ~1, would become a slash.
        var tokens = text[1..].Split('/').Select(token => token.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal));
        return new JsonPointer(text, [.. tokens]);
    }

    /// <summary>Whether the other place lies inside this one.</summary>
    public bool IsAncestorOf(JsonPointer other) => other.Tokens.Count > Tokens.Count && other.Tokens.Take(Tokens.Count).SequenceEqual(Tokens, StringComparer.Ordinal);

    /// <summary>What stands there, which may be null; false where nothing does.</summary>
    public bool TryGet(JsonNode? document, out JsonNode? node) => TryGet(document, Tokens.Count, out node);

    /// <summary>The object or array that the place is in; false where there is none. Not for the root, which is in nothing.</summary>
    public bool TryGetParent(JsonNode? document, out JsonNode? parent) => TryGet(document, Tokens.Count - 1, out parent);

    /// <summary>The index the last token means in the array; null where it means none that it may. Where one is added, that can be the end.</summary>
    public int? IndexIn(JsonArray array, bool isAdded) =>
        isAdded && Tokens[^1] == EndOfArray ? array.Count : Index(Tokens[^1]) is { } index && index < array.Count + (isAdded ? 1 : 0) ? index : null;

    private bool TryGet(JsonNode? document, int depth, out JsonNode? node)
    {
        node = document;
        for (var i = 0; i < depth; i++)
        {
            switch (node)
            {
                case JsonObject members when members.TryGetPropertyValue(Tokens[i], out var member):
                    node = member;
                    break;
                case JsonArray items when Index(Tokens[i]) is { } index && index < items.Count:
                    node = items[index];
                    break;
                default:
                    node = null;
                    return false;
            }
        }

        return true;
    }

    // Digits without leading zeros; what is too large for an index is too large for any array.
    private static int? Index(string token) =>
        (token.Length == 1 || !token.StartsWith('0')) && int.TryParse(token, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && token.All(char.IsAsciiDigit) ? index : null;
}
