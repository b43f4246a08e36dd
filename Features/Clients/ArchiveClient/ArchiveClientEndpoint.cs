using CrmImport.Features.Clients.EditClient;
using CrmImport.Features.Clients.ListClients;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Clients.ArchiveClient;

/// <summary><c>POST …/clients/{clientRef}/archive</c> and <c>/restore</c>, and <c>DELETE …/clients/{clientRef}</c>, which archives where the database allows it (sources: Collect!, SuperOffice).</summary>
internal static class ArchiveClientEndpoint
{
    public static void DescribeArchive(RouteHandlerBuilder route) => route
        .WithName("ArchiveClient")
        .WithSummary("Archive a client")
        .WithDescription("All its contacts must be archived first (409 client_in_use, with their number); its locations are archived with it. The client is left out of lists and reads unless archived=true or all is given, keeps its data and its history, and is restored by a PUT of its refs. Archiving again changes nothing (unchanged). No body is needed, and none is read.")
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>();

    public static void DescribeRestore(RouteHandlerBuilder route) => route
        .WithName("RestoreClient")
        .WithSummary("Restore an archived client")
        .WithDescription("The client is as it was. Its contacts stay archived until they are restored; its locations are back. Restoring a client that is not archived changes nothing (unchanged). No body is needed, and none is read.")
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>();

    public static void DescribeDelete(RouteHandlerBuilder route) => route
        .WithName("DeleteClient")
        .WithSummary("Archive a client by DELETE")
        .WithDescription("Only in a database whose setting allowDelete is true: else 405. The client is archived, as by POST …/archive.")
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>()
        .Produces(StatusCodes.Status204NoContent);

    public static Task<IResult> ArchiveAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(tenant, caller, RecordEdit.ReadArchive(http, RecordEditMode.Archive, [clientRef]), mediator, cancellationToken);

    public static Task<IResult> RestoreAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(tenant, caller, RecordEdit.ReadArchive(http, RecordEditMode.Restore, [clientRef]), mediator, cancellationToken);

    public static async Task<IResult> DeleteAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken) =>
        await DeleteSetting.CheckAsync(http, tenant, caller, Permissions.ClientArchive, cancellationToken)
            ?? await SendAsync(tenant, caller, RecordEdit.ReadArchive(http, RecordEditMode.Archive, [clientRef], isDelete: true), mediator, cancellationToken);

    private static async Task<IResult> SendAsync(Tenant tenant, Caller caller, Answer<RecordEdit> edit, IMediator mediator, CancellationToken cancellationToken) =>
        edit.Refusal ?? (await mediator.Send(new EditClientCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
}
