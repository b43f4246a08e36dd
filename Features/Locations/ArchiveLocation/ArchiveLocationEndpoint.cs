using CrmImport.Features.Locations.EditLocation;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.ArchiveLocation;

/// <summary><c>POST …/locations/{locationRef}/archive</c> and <c>/restore</c>, and <c>DELETE …/locations/{locationRef}</c>, which archives where the database allows it (sources: Collect!, SuperOffice).</summary>
internal static class ArchiveLocationEndpoint
{
    public static void DescribeArchive(RouteHandlerBuilder route) => route
        .WithName("ArchiveLocation")
        .WithSummary("Archive a location")
        .WithDescription("No contact that is not archived may have it (409 location_in_use, with their number). The location is left out of lists and reads unless archived=true or all is given, keeps its data and its history, and is restored by a PUT of its refs. Archiving again changes nothing (unchanged). No body is needed, and none is read.")
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>();

    public static void DescribeRestore(RouteHandlerBuilder route) => route
        .WithName("RestoreLocation")
        .WithSummary("Restore an archived location")
        .WithDescription("The location is as it was. Its client must not be archived. Restoring a location that is not archived changes nothing (unchanged). No body is needed, and none is read.")
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>();

    public static void DescribeDelete(RouteHandlerBuilder route) => route
        .WithName("DeleteLocation")
        .WithSummary("Archive a location by DELETE")
        .WithDescription("Only in a database whose setting allowDelete is true: else 405. The location is archived, as by POST …/archive.")
        .TakesSelection(LocationList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Location>()
        .Produces(StatusCodes.Status204NoContent);

    public static Task<IResult> ArchiveAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(tenant, caller, RecordEdit.ReadArchive(http, RecordEditMode.Archive, [clientRef, locationRef]), mediator, cancellationToken);

    public static Task<IResult> RestoreAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(tenant, caller, RecordEdit.ReadArchive(http, RecordEditMode.Restore, [clientRef, locationRef]), mediator, cancellationToken);

    public static async Task<IResult> DeleteAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken) =>
        await DeleteSetting.CheckAsync(http, tenant, caller, Permissions.LocationArchive, cancellationToken)
            ?? await SendAsync(tenant, caller, RecordEdit.ReadArchive(http, RecordEditMode.Archive, [clientRef, locationRef], isDelete: true), mediator, cancellationToken);

    private static async Task<IResult> SendAsync(Tenant tenant, Caller caller, Answer<RecordEdit> edit, IMediator mediator, CancellationToken cancellationToken) =>
        edit.Refusal ?? (await mediator.Send(new EditLocationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
}
