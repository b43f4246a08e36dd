using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.ReadImport;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.Imports.SubmitImport;

/// <summary><c>POST /api/v1/imports</c>: contacts from a file: CSV, NDJSON, JSON, xlsx, as the body or uploaded by a form; gzip or not.</summary>
internal static class SubmitImportEndpoint
{
    private const int Framing = 1024 * 1024; // a form's parts and headers

    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Import contacts from a file")
        .WithDescription(
            """
            The body is text/csv, application/x-ndjson, application/json (an array, or an object with an array contacts) or an xlsx workbook; Content-Encoding: gzip is accepted,
            and so is a form (multipart/form-data) with the file as its last part. Good rows are imported, bad rows are rejected with their line and reason.
            Returns 202 with the import, at the address in Location; Prefer: respond-sync waits for its end (200). Requires contact:add or contact:edit; each row is subject to the same permissions as a single upsert.
            """)
        .TakesImportOptions()
        .TakesHeader("Prefer", "respond-sync waits for the end of the import, and returns 200")
        .TakesHeader("Content-Digest", "sha-256=:base64: of the body (RFC 9530): a body that differs is refused, and with an Idempotency-Key a repeated request is answered before its body is read")
        .TakesKey()
        .AnswersHeader("Location", "The import's URL")
        .Produces<SuccessBody<Import>>(StatusCodes.Status200OK)
        .Produces<SuccessBody<Import>>(StatusCodes.Status202Accepted);

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, IMediator mediator, IOptions<ImportsOptions> limits, CancellationToken cancellationToken)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = ((long)limits.Value.Mebibytes * 1024 * 1024) + Framing;
        }

        var upload = await ImportUpload.ReadAsync(http.Request, cancellationToken);
        if (upload.Refusal is not null)
        {
            return upload.Refusal;
        }

        var earlier = await FindEarlierAsync(upload.Value, tenant, caller, mediator, cancellationToken);
        if (earlier.Refusal is not null)
        {
            return earlier.Refusal;
        }

        var options = ImportParameters.Read(upload.Value.Parameters, earlier.Value, await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken));
        var key = ImportUpload.ReadKey(http.Request, upload.Value);
        if ((options.Refusal ?? key.Refusal) is { } refusal)
        {
            return refusal;
        }

        var command = new SubmitImportCommand(tenant, caller, upload.Value.Source, options.Value, upload.Value.Parameters.GetValueOrDefault(ImportParameters.Name), key.Value)
        {
            Waits = Preference.Has(http.Request, "respond-sync"),
        };
        return (await mediator.Send(command, cancellationToken)).ToResult(submitted => ToResult(http, submitted));
    }

    private static async Task<Answer<ImportOptions>> FindEarlierAsync(ImportUpload upload, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        if (!upload.Parameters.TryGetValue(ImportParameters.From, out var from))
        {
            return new ImportOptions();
        }

        var earlier = await mediator.Send(new ReadImportQuery(tenant, caller, from), cancellationToken);
        return earlier.Refusal is { } refusal ? refusal : earlier.Value.Options;
    }

    private static IResult ToResult(HttpContext http, SubmittedImport submitted)
    {
        http.Response.Headers.Location = http.Request.PathBase.ToUriComponent() + submitted.Import.Address;
        if (submitted.IsReplay)
        {
            http.Response.Headers["Idempotent-Replayed"] = "true";
        }

        return ReadableJson.ToResult(
            new SuccessBody<Import>(submitted.Import), ImportJson.Default.SuccessBodyImport, submitted.Import.IsOver ? StatusCodes.Status200OK : StatusCodes.Status202Accepted);
    }
}
