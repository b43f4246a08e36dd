using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Records.Patches;

internal enum PatchOperationKind
{
    Add,
    Remove,
    Replace,
    Move,
    Copy,
    Test,
}

/// <summary>One operation of a JSON Patch, with its place in it.</summary>
internal sealed record JsonPatchOperation(int Index, string Name, PatchOperationKind Kind, JsonPointer Path, JsonPointer? From, JsonNode? Value)
{
    private const int MaxReportedPath = 100;

    /// <summary>Carries it out, or says why it cannot be.</summary>
    public Refusal? Apply(PatchedDocument document) =>
        document.IsWornOut ? TooCostly() : CarryOut(document) is { } refusal ? (document.IsWornOut ? TooCostly() : refusal) : null;

    private Refusal? CarryOut(PatchedDocument document) => Kind switch
    {
        PatchOperationKind.Add => Put(document, Path, Value?.DeepClone(), isAdded: true),
        PatchOperationKind.Remove => document.TryRemove(Path, out _) ? null : NoPath(Path),
        PatchOperationKind.Replace => Put(document, Path, Value?.DeepClone(), isAdded: false),
        PatchOperationKind.Move => Move(document),
        PatchOperationKind.Copy => From!.TryGet(document.Root, out var source) ? Copy(document, source) : NoPath(From),
        _ => Test(document),
    };

    private Refusal? Move(PatchedDocument document) =>
        !From!.TryGet(document.Root, out _) ? NoPath(From)
        : From.Text == Path.Text ? null
        : document.TryRemove(From, out var moved) ? Put(document, Path, moved, isAdded: true)
        : NoPath(From);

    // Measured before it is copied: the copies are what grows.
    private Refusal? Copy(PatchedDocument document, JsonNode? source) =>
        document.HasRoomFor(source, Path.Tokens.Count) ? Store(document, Path, source?.DeepClone(), isAdded: true) : TooLarge();

    private Refusal? Put(PatchedDocument document, JsonPointer path, JsonNode? value, bool isAdded) =>
        document.HasRoomFor(value, path.Tokens.Count) ? Store(document, path, value, isAdded) : TooLarge();

    private Refusal? Store(PatchedDocument document, JsonPointer path, JsonNode? value, bool isAdded) =>
        (isAdded ? document.TryAdd(path, value) : document.TryReplace(path, value)) ? null : NoPath(path);

    private Refusal? Test(PatchedDocument document) =>
        !Path.TryGet(document.Root, out var found) ? Fail(ApiErrors.PatchTestFailed, "the path does not exist", Path)
        : document.IsSame(found, Value) ? null
        : Fail(ApiErrors.PatchTestFailed, "the value at the path differs", Path);

    private Refusal NoPath(JsonPointer path) => Fail(ApiErrors.InvalidPatch, "the path does not exist", path);

    private Refusal TooCostly() => Fail(ApiErrors.InvalidPatch, $"the patch takes more than {PatchedDocument.MaxSteps} steps; replace a value as a whole instead", Path);

    private Refusal TooLarge() => Fail(ApiErrors.InvalidPatch, $"the document would become larger than {PatchedDocument.MaxSize} bytes or deeper than {StrictJson.MaxDepth} levels", Path);

    private Refusal Fail(ApiError error, string fault, JsonPointer path)
    {
        var shown = path.Text.Length <= MaxReportedPath ? path.Text : path.Text[..MaxReportedPath] + '…';
        return Refusal.Of(error, $"[{Index}]", $"Operation {Index} of the JSON Patch, {Name} \"{shown}\": {fault}");
    }
}
