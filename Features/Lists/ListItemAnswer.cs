using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;

namespace CrmImport.Features.Lists;

/// <summary>The answer to a write of an item: the item, and in a dry run what would become of it.</summary>
internal static class ListItemAnswer
{
    public static WriteAnswer Of(ManagedListItem item, WriteOutcome outcome, FieldChanges changes, bool isDryRun) => new(
        outcome == WriteOutcome.Created && !isDryRun ? StatusCodes.Status201Created : StatusCodes.Status200OK, outcome, null, null,
        isDryRun
            ? ReadableJson.ToBytes(new DryRunBody<ManagedListItem>(outcome.Text(), JsonElement.Parse(changes.ToJson()), item), ListItemJson.Default.DryRunBodyManagedListItem)
            : ReadableJson.ToBytes(new SuccessBody<ManagedListItem>(item), ListItemJson.Default.SuccessBodyManagedListItem));
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<ManagedListItem>))]
[JsonSerializable(typeof(DryRunBody<ManagedListItem>))]
internal sealed partial class ListItemJson : JsonSerializerContext;
