using CrmImport.Features.Clients.ListClients;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Clients.EditClient;

/// <summary><c>POST /api/v1/clients</c>, <c>PUT</c> and <c>PATCH /api/v1/clients/{clientRef}</c>: maintain clients, which must be there before contacts and locations point at them.</summary>
internal static class EditClientEndpoint
{
    public static void DescribeCreate(RouteHandlerBuilder route) => route
        .WithName("CreateClient")
        .WithSummary("Create a client")
        .WithDescription("Creates only: 201 and the client, 409 client_exists if there is one, archived or not.")
        .TakesRecord(ClientFields.Client)
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>(mayCreate: true);

    public static void DescribeReplace(RouteHandlerBuilder route) => route
        .WithName("ReplaceClient")
        .WithSummary("Create or replace a client")
        .WithDescription("The body is the whole client: an absent optional field is cleared. The ref may be omitted; if given, it must match the URL.")
        .TakesRecord(ClientFields.Client, hasKeys: false)
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>(mayCreate: true);

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .WithName("PatchClient")
        .WithSummary("Change parts of a client")
        .WithDescription("A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the client as PUT returns it. The ref and the history can be tested but not changed.")
        .TakesPatch(ClientFields.Client, "name", "Demo Housing")
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>();

    public static void DescribePatchByPost(RouteHandlerBuilder route) => route
        .WithName("PatchClientByPost")
        .WithSummary("Change parts of a client by POST")
        .WithDescription("The same as PATCH, for SuperOffice's clients, which send patches by POST too.")
        .TakesPatch(ClientFields.Client, "name", "Demo Housing")
        .TakesSelection(ClientFields.List)
        .TakesWriteConditions()
        .AnswersWrite<ClientItem>();

    public static async Task<IResult> CreateClientAsync(HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadCreateAsync(http, await tenant.Rules.OfAsync(ClientFields.New, cancellationToken), [], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditClientCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> ReplaceClientAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadReplaceAsync(http, await tenant.Rules.OfAsync(ClientFields.Client, cancellationToken), [clientRef], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditClientCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> PatchClientAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, await tenant.Rules.OfAsync(ClientFields.Client, cancellationToken), [clientRef], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditClientCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
