using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>JSON Patch (RFC 6902): operations carried out in order, all of them or none.</summary>
internal sealed class JsonPatch
{
    public const int MaxOperations = 1000;

    private readonly IReadOnlyList<JsonPatchOperation> operations;

    private JsonPatch(IReadOnlyList<JsonPatchOperation> operations) => this.operations = operations;

    /// <summary>The patch that a document read by <see cref="StrictJson"/> is, or <c>invalid_patch</c> for the first operation that is none.</summary>
    public static Answer<JsonPatch> Parse(JsonNode? json)
    {
        if (json is not JsonArray items)
        {
            return new Refusal(ApiErrors.InvalidPatch, "A JSON Patch must be an array of operations");
        }

        if (items.Count > MaxOperations)
        {
            return new Refusal(ApiErrors.InvalidPatch, $"The JSON Patch has {items.Count} operations, more than {MaxOperations}");
        }

        var operations = new List<JsonPatchOperation>();
        foreach (var item in items)
        {
            var operation = ParseOperation(item, operations.Count);
            if (operation.Refusal is { } refusal)
            {
                return refusal;
            }

            operations.Add(operation.Value);
        }

        return new JsonPatch(operations);
    }

    /// <summary>The document after all operations; the one given stays as it is. Refused with <c>invalid_patch</c> or <c>patch_test_failed</c>, naming the operation.</summary>
    public Answer<JsonNode?> Apply(JsonNode? document)
    {
        var patched = new PatchedDocument(document);
        foreach (var operation in operations)
        {
            if (operation.Apply(patched) is { } refusal)
            {
                return refusal;
            }
        }

        return Answer<JsonNode?>.Of(patched.Root);
    }

    /// <summary>What the last operation on a member of the root itself sets it to; null where it is taken away. A copy or a move says nothing by itself.</summary>
    public bool Sets(string name, out JsonNode? value)
    {
        var last = operations.LastOrDefault(operation =>
            operation.Kind is PatchOperationKind.Add or PatchOperationKind.Replace or PatchOperationKind.Remove && operation.Path.Tokens is [var token] && token == name);
        value = last?.Value;
        return last is not null;
    }

    /// <summary>Whether an operation copies or moves the member of the root, alone or with the root.</summary>
    public bool Takes(string name) => operations.Any(operation => operation.From is { } from && (from.Tokens is [] || (from.Tokens is [var token] && token == name)));

    private static Answer<JsonPatchOperation> ParseOperation(JsonNode? json, int index)
    {
        if (json is not JsonObject item || TextOf(item, "op") is not { } name)
        {
            return Invalid("must be an object whose op is one of add, remove, replace, move, copy, test");
        }

        PatchOperationKind? kind = name switch
        {
            "add" => PatchOperationKind.Add,
            "remove" => PatchOperationKind.Remove,
            "replace" => PatchOperationKind.Replace,
            "move" => PatchOperationKind.Move,
            "copy" => PatchOperationKind.Copy,
            "test" => PatchOperationKind.Test,
            _ => null,
        };
        var path = PointerOf(item, "path");
        var from = PointerOf(item, "from");
        return kind is null ? Invalid("has an unknown op; expected add, remove, replace, move, copy or test")
            : path is null ? Invalid("needs path, a JSON Pointer: empty or starting with a slash")
            : kind is PatchOperationKind.Move or PatchOperationKind.Copy && from is null ? Invalid("needs from, a JSON Pointer: empty or starting with a slash")
            : kind is PatchOperationKind.Add or PatchOperationKind.Replace or PatchOperationKind.Test && !item.ContainsKey("value") ? Invalid("needs value, which may be null")
            : kind is PatchOperationKind.Move && from!.IsAncestorOf(path) ? Invalid("would move a value into itself")
            : new JsonPatchOperation(index, name, kind.Value, path, from, item["value"]);

        Refusal Invalid(string fault) => Refusal.Of(ApiErrors.InvalidPatch, $"[{index}]", $"Operation {index} of the JSON Patch {fault}");
    }

    private static JsonPointer? PointerOf(JsonObject item, string name) => TextOf(item, name) is { } text ? JsonPointer.TryParse(text) : null;

    private static string? TextOf(JsonObject item, string name) =>
        item[name] is JsonValue value && value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : null;
}
