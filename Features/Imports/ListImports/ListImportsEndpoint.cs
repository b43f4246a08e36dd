using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ListImports;

/// <summary><c>GET /api/v1/imports</c>: the imports, in pages.</summary>
internal static class ListImportsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List imports")
        .WithDescription("The oldest first, unless orderBy is given. An account without contact:read sees its own imports only.")
        .TakesList(ImportTable.List, "state eq 'running'")
        .Produces<PageBody<Import>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, ImportTable.List);
        return list.Refusal
            ?? (await mediator.Send(new ListImportsQuery(tenant, caller, list.Value), cancellationToken)).ToResult(page => page.ToResult(list.Value.Selection, ImportJson.Default.PageBodyImport, ImportJson.Default.Import));
    }
}
