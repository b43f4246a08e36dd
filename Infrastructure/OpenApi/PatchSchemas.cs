using System.Net.Mime;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Fields;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The bodies that change a record: the media types a patch may have, and what each holds.</summary>
internal static class PatchSchemas
{
    private static readonly string[] Operations = ["add", "remove", "replace", "move", "copy", "test"];

    public static Dictionary<string, OpenApiMediaType> Describe(RecordShape shape)
    {
        var merge = RecordSchemas.Sent(shape);
        merge.Required = null; // a patch holds what changes
        var first = shape.Fields.First(field => !field.Key);
        var mergeExample = new JsonObject { [first.Name] = "…" };
        return new Dictionary<string, OpenApiMediaType>
        {
            [MediaTypeNames.Application.Json] = new() { Schema = new OpenApiSchema { OneOf = [merge, JsonPatch()] }, Example = mergeExample },
            ["application/merge-patch+json"] = new() { Schema = merge, Example = mergeExample.DeepClone() },
            [MediaTypeNames.Application.JsonPatch] = new()
            {
                Schema = JsonPatch(),
                Example = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = $"/{first.Name}", ["value"] = "…" }),
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
