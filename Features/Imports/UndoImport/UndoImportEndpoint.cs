using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.UndoImport;

/// <summary><c>POST /api/v1/imports/{id}/undo</c>: what the import created is archived, what it changed gets its former values back.</summary>
internal static class UndoImportEndpoint
{
    private const string DryRun = "dryRun";

    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Undo an import")
        .WithDescription(
            """
            Contacts that the import created are archived; those it changed get their former values back, and so do locations whose usage type it changed. Records that somebody else changed since are kept, and named in the results (changed_since).
            The undo is an import of its own, whose address is in Location (202); Prefer: respond-sync waits for its end (200). Requires contact:edit, and contact:archive where contacts were created.
            """)
        .TakesFlag(DryRun, "true reports in the results what the undo would do, and stores nothing")
        .WithMetadata(new RefusesUnknownParameters())
        .TakesHeader("Prefer", "respond-sync waits for the end of the undo, and returns 200")
        .AnswersHeader("Location", "The undo's URL")
        .Produces<SuccessBody<Import>>(StatusCodes.Status200OK)
        .Produces<SuccessBody<Import>>(StatusCodes.Status202Accepted);

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var isDryRun = Parameters.Flag(http.Request.Query, DryRun);
        return isDryRun.Refusal
            ?? (await mediator.Send(new UndoImportCommand(tenant, caller, id, isDryRun.Value) { Waits = Preference.Has(http.Request, "respond-sync") }, cancellationToken)).ToResult(undo =>
            {
                http.Response.Headers.Location = http.Request.PathBase.ToUriComponent() + undo.Address;
                return ReadableJson.ToResult(new SuccessBody<Import>(undo), ImportJson.Default.SuccessBodyImport, undo.IsOver ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
            });
    }
}
