using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.ListLocations;

/// <summary><c>GET /api/v1/clients/{clientRef}/locations</c>: a client's locations, in pages (sources: InTouch, SuperOffice).</summary>
internal static class ListLocationsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List the locations of a client")
        .WithDescription("Ordered by ref, unless orderBy is given.")
        .TakesList(LocationList.Shape, "usageTypeId in (1, 2) and preferredContactRef ne null")
        .Produces<PageBody<Location>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string clientRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, LocationList.Shape);
        return list.Refusal ?? (await mediator.Send(new ListLocationsQuery(tenant, clientRef, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListLocationsJson.Default.PageBodyLocation, ListLocationsJson.Default.Location));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Location>))]
internal sealed partial class ListLocationsJson : JsonSerializerContext;
