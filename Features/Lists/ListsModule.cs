using Carter;
using CrmImport.Features.Lists.DeleteListItem;
using CrmImport.Features.Lists.EditListItem;
using CrmImport.Features.Lists.ReadList;
using CrmImport.Features.Lists.ReadLists;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Lists;

/// <summary>The lists that contacts and locations choose from.</summary>
public sealed class ListsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var lists = app.MapGroup("").WithTags("Lists").OnRecord(RecordTypes.ListItem).WithPath("name", "The list's name, such as contacttype").WithPath("id", "The item's id, a whole number");
        lists.MapGet("/api/v1/MDOList/{name}", ReadListEndpoint.HandleAsync).Needs().DescribedBy(ReadListEndpoint.Describe);
        lists.MapGet("/api/v1/List/{name}/MDOItems", ReadListEndpoint.HandleAsync).Needs().DescribedBy(ReadListEndpoint.DescribeItems);
        lists.MapGet("/api/v1/List/MDO/{name}", ReadListEndpoint.HandleAsync).Needs().DescribedBy(ReadListEndpoint.DescribeMdo);

        var administration = lists.MapGroup("/api/v1/admin").Needs(Permissions.Admin);
        administration.MapGet("/lists", ReadListsEndpoint.ReadAllAsync).DescribedBy(ReadListsEndpoint.DescribeAll);
        administration.MapGet("/lists/{name}/{id}", ReadListsEndpoint.ReadItemAsync).DescribedBy(ReadListsEndpoint.DescribeItem);
        administration.MapPut("/lists/{name}/{id}", EditListItemEndpoint.HandleAsync).DescribedBy(EditListItemEndpoint.Describe);
        administration.MapDelete("/lists/{name}/{id}", DeleteListItemEndpoint.HandleAsync).DescribedBy(DeleteListItemEndpoint.Describe);
    }
}
