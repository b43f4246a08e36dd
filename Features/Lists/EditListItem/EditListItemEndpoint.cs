using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
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
        .WithDescription("Contacts and locations choose from the lists contacttype and usagetype. An inactive item is no longer offered or accepted; records that have it keep it. A list that does not exist yet is created with its first item where createList=true, or if it is one that the service knows: contacttype, usagetype, salutation, task. Changes take effect immediately.")
        .TakesRecord(ListItemFields.Item)
        .TakesFlag("createList", "true creates the list if it does not exist")
        .TakesDryRun()
        .TakesKey()
        .AnswersOutcome()
        .AnswersWrite<ManagedListItem>(mayCreate: true);

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, string name, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordAsync(http, ListItemFields.Item, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        var mayCreate = Parameters.Flag(http.Request.Query, "createList");
        return conditions.Refusal ?? mayCreate.Refusal
            ?? (await mediator.Send(new EditListItemCommand(tenant, caller, name, id, body.Value.Content, conditions.Value, mayCreate.Value), cancellationToken)).ToResult();
    }
}
