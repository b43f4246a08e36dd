using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.EditListItem;

/// <summary><c>PUT /api/v1/admin/lists/{name}/{id}</c>: maintain the lists whose items contacts and locations name; a list is there with its first item.</summary>
internal static class EditListItemEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ReplaceListItem")
        .WithSummary("Create or replace an item of a list")
        .WithDescription("Contacts and locations choose from the lists contacttype and usagetype. Items are never removed: an inactive item is no longer offered. Changes take effect immediately.")
        .TakesRecord(ListItemFields.Item)
        .TakesDryRun()
        .AnswersOutcome()
        .AnswersWrite<ManagedListItem>(mayCreate: true);

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, string name, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var item = await JsonBody.ReadRecordAsync(http, ListItemFields.Item, cancellationToken);
        var conditions = WriteConditions.Read(http.Request, default);
        if ((item.Refusal ?? conditions.Refusal) is { } refusal)
        {
            return refusal;
        }

        var isDryRun = conditions.Value.IsDryRun;
        return (await mediator.Send(new EditListItemCommand(tenant, caller, name, id, item.Value, isDryRun), cancellationToken)).ToResult(edited =>
        {
            http.Response.Headers["X-Outcome"] = edited.Outcome.Text();
            return isDryRun
                ? ReadableJson.ToResult(new DryRunBody<ManagedListItem>(edited.Outcome.Text(), JsonElement.Parse(edited.Changes), edited.Item), EditListItemJson.Default.DryRunBodyManagedListItem)
                : ReadableJson.ToResult(
                    new SuccessBody<ManagedListItem>(edited.Item),
                    EditListItemJson.Default.SuccessBodyManagedListItem,
                    statusCode: edited.Outcome == WriteOutcome.Created ? StatusCodes.Status201Created : StatusCodes.Status200OK);
        });
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<ManagedListItem>))]
[JsonSerializable(typeof(DryRunBody<ManagedListItem>))]
internal sealed partial class EditListItemJson : JsonSerializerContext;
