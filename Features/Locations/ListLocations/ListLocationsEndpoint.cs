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
        .WithDescription($"Ordered by ref, unless orderBy is given. Accept: {ExportFormat.LinesType} or {ExportFormat.CsvType} exports every record that matches, in the order of the refs.")
        .TakesList(LocationList.Shape, "usageTypeId in (1, 2) and preferredContactRef ne null")
        .Produces<PageBody<Location>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string clientRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        return await ListExport.AnswerAsync(
            http,
            "locations",
            ListRequest.Read(http, LocationList.Shape.In(rules)),
            location => [location.ClientRef, location.LocationRef],
            ListLocationsJson.Default.PageBodyLocation,
            ListLocationsJson.Default.Location,
            part => mediator.Send(new ListLocationsQuery(tenant, rules, clientRef, part), cancellationToken));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Location>))]
internal sealed partial class ListLocationsJson : JsonSerializerContext;
