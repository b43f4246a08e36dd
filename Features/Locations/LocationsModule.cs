using Carter;
using CrmImport.Features.Locations.ArchiveLocation;
using CrmImport.Features.Locations.EditLocation;
using CrmImport.Features.Locations.ListLocations;
using CrmImport.Features.Locations.ReadLocation;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Locations;

/// <summary>Locations of clients, to which contacts are linked.</summary>
public sealed class LocationsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var locations = app.MapGroup("").WithTags("Locations").Needs(Permissions.LocationRead, Permissions.ContactRead).OnRecord(RecordTypes.Location);
        locations.MapPost("/rest/contact/location", EditLocationEndpoint.UpsertLocationAsync).Needs(Permissions.LocationAdd, Permissions.LocationEdit).DescribedBy(EditLocationEndpoint.DescribeUpsert);

        var ofClient = locations.MapGroup("/api/v1/clients/{clientRef}").WithPath("clientRef", "The client's ref").WithPath("locationRef", "The location's ref");
        ofClient.MapGet("/locations", ListLocationsEndpoint.HandleAsync).DescribedBy(ListLocationsEndpoint.Describe);
        ofClient.MapPost("/locations", EditLocationEndpoint.CreateLocationAsync).Needs(Permissions.LocationAdd).DescribedBy(EditLocationEndpoint.DescribeCreate);
        ofClient.MapGet("/locations/{locationRef}", ReadLocationEndpoint.HandleAsync).DescribedBy(ReadLocationEndpoint.Describe);
        ofClient.MapPut("/locations/{locationRef}", EditLocationEndpoint.ReplaceLocationAsync).Needs(Permissions.LocationAdd, Permissions.LocationEdit).DescribedBy(EditLocationEndpoint.DescribeReplace);
        ofClient.MapPatch("/locations/{locationRef}", EditLocationEndpoint.PatchLocationAsync).Needs(Permissions.LocationEdit).DescribedBy(EditLocationEndpoint.DescribePatch);
        ofClient.MapPost("/locations/{locationRef}", EditLocationEndpoint.PatchLocationAsync).Needs(Permissions.LocationEdit).DescribedBy(EditLocationEndpoint.DescribePatchByPost);
        ofClient.MapPost("/locations/{locationRef}/archive", ArchiveLocationEndpoint.ArchiveAsync).Needs(Permissions.LocationArchive).DescribedBy(ArchiveLocationEndpoint.DescribeArchive);
        ofClient.MapPost("/locations/{locationRef}/restore", ArchiveLocationEndpoint.RestoreAsync).Needs(Permissions.LocationArchive).DescribedBy(ArchiveLocationEndpoint.DescribeRestore);
        ofClient.MapDelete("/locations/{locationRef}", ArchiveLocationEndpoint.DeleteAsync).Needs().DescribedBy(ArchiveLocationEndpoint.DescribeDelete);
    }
}
