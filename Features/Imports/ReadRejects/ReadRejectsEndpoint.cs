using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ReadRejects;

/// <summary><c>GET /api/v1/imports/{id}/rejects</c> and <c>…/unprocessed</c>: rows in the format they came in, ready to be mended and sent again.</summary>
internal static class ReadRejectsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read the rejected rows of an import")
        .WithDescription(
            "In the format of the file, with the reasons: the columns reject_line, reject_code and reject_message, or the property _reject. They are ignored when the file is sent again. "
            + "In a CSV, texts that a spreadsheet would run as a formula have an apostrophe before them, which is taken off again on the way in.")
        .Produces<string>(StatusCodes.Status200OK, "text/csv", "application/x-ndjson");

    public static void DescribeUnprocessed(RouteHandlerBuilder route) => route
        .WithName("ReadUnprocessed")
        .WithSummary("Read the rows an import did not come to")
        .WithDescription("Of an import that was cancelled, stopped or failed, in the format of the file, ready to be sent again. 409 while it is not over.")
        .Produces<string>(StatusCodes.Status200OK, "text/csv", "application/x-ndjson");

    public static Task<IResult> HandleAsync(Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(new ReadRejectsQuery(tenant, caller, id, IsUnprocessed: false), mediator, cancellationToken);

    public static Task<IResult> HandleUnprocessedAsync(Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(new ReadRejectsQuery(tenant, caller, id, IsUnprocessed: true), mediator, cancellationToken);

    private static async Task<IResult> SendAsync(ReadRejectsQuery query, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(query, cancellationToken)).ToResult(rows => new StreamedResult(rows.Format.MediaType(), rows.Content) { FileName = rows.FileName });
}
