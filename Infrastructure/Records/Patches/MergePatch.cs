using System.Text.Json.Nodes;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>JSON Merge Patch (RFC 7396): a member replaces, null removes, an object is merged into the one there is.</summary>
internal static class MergePatch
{
    /// <summary>The target as the patch makes it; neither of the two is changed.</summary>
    public static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject members)
        {
            return patch?.DeepClone();
        }

        var result = target is JsonObject ? target.DeepClone().AsObject() : [];
        foreach (var (name, value) in members)
        {
            if (value is null)
            {
                result.Remove(name);
            }
            else
            {
                result[name] = Apply(result[name], value);
            }
        }

        return result;
    }
}
