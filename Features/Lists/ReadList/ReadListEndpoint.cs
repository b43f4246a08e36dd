using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Lists.ReadList;

/// <summary><c>GET /api/v1/MDOList/{name}</c>, <c>/api/v1/List/{name}/MDOItems</c> and <c>/api/v1/List/MDO/{name}</c>: the items of a list, bare (source: SuperOffice REST API).</summary>
internal static class ReadListEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read the items of a list")
        .WithDescription("contacttype, usagetype, salutation, task, …: the active items in order, as a bare array.")
        .Produces<IReadOnlyList<ListItem>>();

    public static void DescribeItems(RouteHandlerBuilder route) => DescribeOther(route.WithName("ReadMdoItems"));

    public static void DescribeMdo(RouteHandlerBuilder route) => DescribeOther(route.WithName("ReadMdo"));

    private static void DescribeOther(RouteHandlerBuilder route) => route
        .WithSummary("Read the items of a list, at another address")
        .WithDescription("The same as /api/v1/MDOList/{name}.")
        .Produces<IReadOnlyList<ListItem>>();

    public static async Task<IResult> HandleAsync(Tenant tenant, string name, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new ReadListQuery(tenant, name), cancellationToken))
            .ToResult(items => ReadableJson.ToResult(items, ReadListJson.Default.IReadOnlyListListItem));
}

[JsonSerializable(typeof(IReadOnlyList<ListItem>))]
internal sealed partial class ReadListJson : JsonSerializerContext;
