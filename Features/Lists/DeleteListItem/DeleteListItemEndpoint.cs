using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.DeleteListItem;

/// <summary><c>DELETE /api/v1/admin/lists/{name}/{id}</c>: an item that nobody can choose any more and no record has; with its last item a list is gone.</summary>
internal static class DeleteListItemEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("DeleteListItem")
        .WithSummary("Delete an unused item of a list")
        .WithDescription("The item must be inactive (409 list_item_active) and no contact or location may have it (409 list_item_in_use). A list is deleted with its last item. The response has the item as it was.")
        .TakesDryRun()
        .TakesKey()
        .AnswersHeader("X-Outcome", "deleted")
        .AnswersWrite<ManagedListItem>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string name, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var conditions = WriteConditions.Read(http.Request, default);
        return conditions.Refusal ?? (await mediator.Send(new DeleteListItemCommand(tenant, caller, name, id, conditions.Value), cancellationToken)).ToResult();
    }
}
