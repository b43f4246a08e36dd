using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.CancelImport;

/// <summary><c>POST /api/v1/imports/{id}/cancel</c>: what is in stays in, and the rest is not carried out.</summary>
internal static class CancelImportEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Cancel an import")
        .WithDescription("The rows that were carried out stay; the others are at …/unprocessed. Returns the import; its state becomes cancelled within a moment. No body is needed, and none is read.")
        .Produces<SuccessBody<Import>>();

    public static async Task<IResult> HandleAsync(Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new CancelImportCommand(tenant, caller, id), cancellationToken)).ToResult(import => ReadableJson.ToResult(new SuccessBody<Import>(import), ImportJson.Default.SuccessBodyImport));
}
