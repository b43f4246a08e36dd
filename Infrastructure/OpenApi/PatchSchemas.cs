using System.Net.Mime;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The bodies that change a record: the media types a patch may have, and what each holds.</summary>
internal static class PatchSchemas
{
    private static readonly string[] Operations = ["add", "remove", "replace", "move", "copy", "test"];

    public static Dictionary<string, OpenApiMediaType> Describe(TakesPatch patch)
    {
        var merge = RecordSchemas.Sent(patch.Shape);
        merge.Required = null; // a patch holds what changes
        var mergeExample = new JsonObject { [patch.Field] = patch.Example };
        return new Dictionary<string, OpenApiMediaType>
        {
            [MediaTypeNames.Application.Json] = new() { Schema = new OpenApiSchema { OneOf = [merge, JsonPatch()] }, Example = mergeExample },
            ["application/merge-patch+json"] = new() { Schema = merge, Example = mergeExample.DeepClone() },
            [MediaTypeNames.Application.JsonPatch] = new()
            {
                Schema = JsonPatch(),
                Example = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = $"/{patch.Field}", ["value"] = patch.Example }),
            },
        };
    }

    private static OpenApiSchema JsonPatch() => new()
    {
        Type = JsonSchemaType.Array,
        Items = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "op", "path" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["op"] = new OpenApiSchema { Type = JsonSchemaType.String, Enum = [.. Operations.Select(operation => JsonValue.Create(operation))] },
                ["path"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "JSON Pointer (RFC 6901)" },
                ["from"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "JSON Pointer; of move and copy" },
                ["value"] = new OpenApiSchema { Description = "Of add, replace and test" },
            },
        },
    };
}
