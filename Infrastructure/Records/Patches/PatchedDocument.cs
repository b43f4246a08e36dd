using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>A document while a JSON Patch changes it: a copy, so that a patch that fails half way leaves nothing behind.</summary>
internal sealed class PatchedDocument
{
    /// <summary>Most bytes, roughly, that the document and all a patch puts into it may take: a few copies of copies would fill the memory.</summary>
    public const int MaxSize = 4 * 1024 * 1024;

    /// <summary>
    /// Most steps a patch may take: one for each value it copies or compares, and one for each member or item that may have to move where one is
    /// inserted or removed. That is some ten milliseconds; a patch is applied while its record is locked.
    /// </summary>
    public const int MaxSteps = 250_000;

    private const int SizeOfNode = 8;

    private int size;
    private int steps;

    public PatchedDocument(JsonNode? document)
    {
        Root = document?.DeepClone();
        Measure(Root, 1);
    }

    public JsonNode? Root { get; private set; }

    /// <summary>Whether the steps of the patch are used up.</summary>
    public bool IsWornOut => steps > MaxSteps;

    /// <summary>Whether the value may be put at that depth; if so, it counts.</summary>
    public bool HasRoomFor(JsonNode? value, int depth) => Measure(value, depth + 1);

    /// <summary>Whether the value there is the one given.</summary>
    public bool IsSame(JsonNode? found, JsonNode? value)
    {
        var before = size;
        Measure(value, 1); // for its steps: comparing takes no room
        size = before;
        return !IsWornOut && JsonNode.DeepEquals(found, value);
    }

    /// <summary>RFC 6902 §4.1: a member is set, an item inserted, the root replaced.</summary>
    public bool TryAdd(JsonPointer path, JsonNode? value)
    {
        if (path.Tokens.Count == 0)
        {
            Root = value;
            return true;
        }

        path.TryGetParent(Root, out var parent);
        switch (parent)
        {
            case JsonObject members:
                members[path.Tokens[^1]] = value;
                return true;
            case JsonArray items when path.IndexIn(items, isAdded: true) is { } index:
                steps += items.Count - index;
                items.Insert(index, value);
                return true;
            default:
                return false;
        }
    }

    /// <summary>RFC 6902 §4.3: what is replaced must be there, and may be null.</summary>
    public bool TryReplace(JsonPointer path, JsonNode? value)
    {
        if (path.Tokens.Count == 0)
        {
            Root = value;
            return true;
        }

        path.TryGetParent(Root, out var parent);
        switch (parent)
        {
            case JsonObject members when members.ContainsKey(path.Tokens[^1]):
                members[path.Tokens[^1]] = value;
                return true;
            case JsonArray items when path.IndexIn(items, isAdded: false) is { } index:
                items[index] = value;
                return true;
            default:
                return false;
        }
    }

    /// <summary>RFC 6902 §4.2; what was removed belongs to nothing any more.</summary>
    public bool TryRemove(JsonPointer path, out JsonNode? removed)
    {
        if (!path.TryGet(Root, out removed))
        {
            return false;
        }

        if (path.Tokens.Count == 0)
        {
            Root = null;
            return true;
        }

        path.TryGetParent(Root, out var parent);
        steps += CountOf(parent);
        return parent switch
        {
            JsonObject members => members.Remove(path.Tokens[^1]),
            JsonArray items when path.IndexIn(items, isAdded: false) is { } index => RemoveAt(items, index),
            _ => false,
        };
    }

    private static bool RemoveAt(JsonArray items, int index)
    {
        items.RemoveAt(index);
        return true;
    }

    private static int CountOf(JsonNode? parent) => parent switch
    {
        JsonObject members => members.Count,
        JsonArray items => items.Count,
        _ => 0,
    };

    // Adds up size and steps, and stops at once where one of them, or the depth, is more than may be: what is deeper is not gone into.
    private bool Measure(JsonNode? node, int depth)
    {
        size += SizeOfNode;
        steps++;
        switch (node)
        {
            case JsonObject or JsonArray when depth > StrictJson.MaxDepth:
                return false;
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    size += name.Length;
                    if (!Measure(value, depth + 1))
                    {
                        return false;
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    if (!Measure(item, depth + 1))
                    {
                        return false;
                    }
                }

                break;
            case JsonValue value:
                size += value.TryGetValue<string>(out var text) ? text.Length : 0;
                break;
        }

        return size <= MaxSize && !IsWornOut;
    }
}
