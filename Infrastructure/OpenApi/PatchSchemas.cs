using System.Net.Mime;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Fields;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The bodies that change a record: the media types a patch may have, and what each holds. Under <c>application/json</c> an array is taken too; generators make a plain class of the object alone.</summary>
internal static class PatchSchemas
{
    private static readonly string[] Operations = ["add", "remove", "replace", "move", "copy", "test"];

    public static Dictionary<string, OpenApiMediaType> Describe(OpenApiDocument document, TakesPatch patch)
    {
        var value = RecordExamples.Typed(patch.Shape, patch.Field, patch.Example);
        return new Dictionary<string, OpenApiMediaType>
        {
            [MediaTypeNames.Application.Json] = Merge(),
            ["application/merge-patch+json"] = Merge(),
            [MediaTypeNames.Application.JsonPatch] = new()
            {
                Schema = new OpenApiSchema { Type = JsonSchemaType.Array, Items = document.Share("JsonPatchOperation", Operation()) },
                Example = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = $"/{patch.Field.Replace('.', '/')}", ["value"] = value?.DeepClone() }),
            },
        };

        OpenApiMediaType Merge() => new() { Schema = RecordSchemas.Patch(document, patch.Shape), Example = GroupedFields.Nest(new JsonObject { [patch.Field] = value?.DeepClone() }, patch.Shape) };
    }

    private static OpenApiSchema Operation() => new()
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
    };
}
