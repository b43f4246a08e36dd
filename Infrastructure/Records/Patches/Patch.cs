using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>A change to a record as a caller sends it: a merge patch (an object) or a JSON Patch (an array).</summary>
internal sealed class Patch
{
    private readonly JsonObject? merged;
    private readonly JsonPatch? operations;

    private Patch(JsonObject? merged, JsonPatch? operations) => (this.merged, this.operations) = (merged, operations);

    /// <summary>The patch that an object or an array is; an array may be none.</summary>
    public static Answer<Patch> Of(JsonNode? json)
    {
        if (json is JsonObject members)
        {
            return new Patch(members, null);
        }

        var patch = JsonPatch.Parse(json);
        return patch.Refusal is { } refusal ? refusal : new Patch(null, patch.Value);
    }

    /// <summary>What the patch makes of the record, which stays as it is; a patch that leaves no object is refused.</summary>
    /// <param name="ignored">Members that a merge patch may have though the record does not: a whole record that was read is such a patch.</param>
    public Answer<JsonObject> ApplyTo(JsonObject document, IReadOnlyList<string> ignored)
    {
        if (merged is not null)
        {
            return Merge(document, merged, ignored);
        }

        var patched = operations!.Apply(document);
        return patched.Refusal is { } refusal ? refusal
            : patched.Value is JsonObject record ? record
            : new Refusal(ApiErrors.InvalidPatch, "The result of the JSON Patch is not an object");
    }

    /// <summary>Whether the patch says what a member of the record becomes, and as what: the last word of a patch of several operations.</summary>
    public bool Sets(string name, out JsonNode? value)
    {
        value = null;
        return merged is not null ? merged.TryGetPropertyValue(name, out value) : operations!.Sets(name, out value);
    }

    /// <summary>Whether the patch can find out what is stored: a JSON Patch tests, copies and moves it.</summary>
    public bool Reads => operations is not null;

    /// <summary>Whether the patch copies or moves the member elsewhere.</summary>
    public bool Takes(string name) => operations?.Takes(name) == true;

    // A record has all its members, if only as null: what it does not have is a mistake, and what is taken away is null.
    private static Answer<JsonObject> Merge(JsonObject document, JsonObject patch, IReadOnlyList<string> ignored)
    {
        var strangers = patch.Select(member => member.Key).Where(name => !document.ContainsKey(name)).ToArray();
        var unknown = strangers.Where(name => !ignored.Contains(name)).Select(ProblemBudget.Shorten).Select(name => Problem.Severe(ApiErrors.UnknownField, name, $"{name} is not a known field"));
        if (ProblemBudget.Limit(unknown).ToArray() is { Length: > 0 } problems)
        {
            return Refusal.Of(problems);
        }

        var merged = MergePatch.Apply(document, patch)!.AsObject();
        foreach (var (name, _) in patch.Where(member => member.Value is null))
        {
            merged[name] = null;
        }

        foreach (var name in strangers)
        {
            merged.Remove(name);
        }

        return merged;
    }
}
