using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ReadResults;

/// <summary><c>GET /api/v1/imports/{id}/results</c>: a line of NDJSON for each row.</summary>
internal static class ReadResultsEndpoint
{
    private const string Outcome = "outcome";

    private static readonly string[] Outcomes = ["created", "updated", "unchanged", RowResults.Rejected, RowResults.Valid];

    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read the results of an import")
        .WithDescription("NDJSON, an object for each row of the file in its order: line, clientRef, contactRef, outcome, changes (each field before and after), problems (field, code, message, and the file's column and value). Of an import that runs, the rows so far. changes requires contact:read.")
        .TakesQuery(Outcome, $"Only rows with that outcome: {string.Join(", ", Outcomes)}")
        .Produces<string>(StatusCodes.Status200OK, "application/x-ndjson");

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var outcome = (string?)http.Request.Query[Outcome];
        if (outcome is not null && !Outcomes.Contains(outcome))
        {
            return Refusal.Of(ApiErrors.InvalidParameter, Outcome, $"{Outcome} must be one of {string.Join(", ", Outcomes)}");
        }

        return (await mediator.Send(new ReadResultsQuery(tenant, caller, id, outcome), cancellationToken)).ToResult(results => new StreamedResult("application/x-ndjson", results));
    }
}
