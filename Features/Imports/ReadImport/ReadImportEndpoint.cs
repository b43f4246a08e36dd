using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ReadImport;

/// <summary><c>GET /api/v1/imports/{id}</c>: what an import has come to.</summary>
internal static class ReadImportEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read an import")
        .WithDescription("Its state (receiving, queued, running, completed, failed, stopped, cancelled or undone), how many rows were read, created, updated, unchanged and rejected, and why. An account without contact:read sees its own imports only.")
        .TakesSelection(ImportTable.List)
        .Produces<SuccessBody<Import>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var selection = Selection.Read(http.Request.Query, ImportTable.List);
        return selection.Refusal
            ?? (await mediator.Send(new ReadImportQuery(tenant, caller, id), cancellationToken)).ToResult(import =>
                Selection.ToResult(selection.Value, import, ImportJson.Default.SuccessBodyImport, ImportJson.Default.Import));
    }
}
