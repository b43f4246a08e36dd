using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.EditLocation;

/// <summary>
/// <c>POST /api/v1/clients/{clientRef}/locations</c>, <c>PUT</c> and <c>PATCH /api/v1/clients/{clientRef}/locations/{locationRef}</c>, and <c>POST /rest/contact/location</c> in the manner of Oneserve's contact API.
/// </summary>
internal static class EditLocationEndpoint
{
    public static void DescribeCreate(RouteHandlerBuilder route) => route
        .WithName("CreateLocation")
        .WithSummary("Create a location")
        .WithDescription("Creates only: 201 and the location, 409 location_exists if the client has one with this ref, archived or not. clientRef may be omitted; if given, it must match the URL.")
        .TakesRecord(LocationFields.Location)
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>(mayCreate: true);

    public static void DescribeUpsert(RouteHandlerBuilder route) => route
        .WithName("UpsertLocation")
        .WithSummary("Create or update a location")
        .WithDescription(
            """
            Returns 200 and exactly {"result":"success","result_msg":""}; the headers X-Outcome (created, updated, unchanged), ETag and Location report what happened.
            With Prefer: return=representation the stored location is included under data. Fields that are absent stay as they are; "" or null clears them.
            """)
        .TakesRecord(LocationFields.Location)
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .TakesPreference()
        .AnswersWrite<Location>(onlyIfPreferred: true);

    public static void DescribeReplace(RouteHandlerBuilder route) => route
        .WithName("ReplaceLocation")
        .WithSummary("Create or replace a location")
        .WithDescription("The body is the whole location: an absent optional field is cleared. The refs may be omitted; if given, they must match the URL.")
        .TakesRecord(LocationFields.Location, hasKeys: false)
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>(mayCreate: true);

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .WithName("PatchLocation")
        .WithSummary("Change parts of a location")
        .WithDescription("A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the location as PUT returns it. Refs, the preferred contact and the history can be tested but not changed.")
        .TakesPatch(LocationFields.Location, "name", "Demo House")
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>();

    public static void DescribePatchByPost(RouteHandlerBuilder route) => route
        .WithName("PatchLocationByPost")
        .WithSummary("Change parts of a location by POST")
        .WithDescription("The same as PATCH, for SuperOffice's clients, which send patches by POST too.")
        .TakesPatch(LocationFields.Location, "name", "Demo House")
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>();

    public static async Task<IResult> UpsertLocationAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadUpsertAsync(http, await tenant.Rules.OfAsync(LocationFields.Location, cancellationToken), cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditLocationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> CreateLocationAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadCreateAsync(http, await tenant.Rules.OfAsync(LocationFields.Location, cancellationToken), [clientRef], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditLocationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> ReplaceLocationAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadReplaceAsync(http, await tenant.Rules.OfAsync(LocationFields.Location, cancellationToken), [clientRef, locationRef], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditLocationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> PatchLocationAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, await tenant.Rules.OfAsync(LocationFields.Location, cancellationToken), [clientRef, locationRef], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditLocationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
