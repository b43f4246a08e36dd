using CrmImport.Features.Contacts;
using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Features.Imports.PreviewImport;

/// <summary><c>POST /api/v1/imports/preview</c>: how the beginning of a file would be read, before the first row is written.</summary>
internal static class PreviewImportEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Preview an import")
        .WithDescription(
            """
            Takes a file and parameters as POST /api/v1/imports does, looks at its first MiB (a workbook may have 16 MiB) and keeps nothing. Returns encoding, delimiter, the columns with the field each is or may be and why,
            the mapping to send with the import, mandatory fields that have no column, columns that would be ignored, how many empty cells would be kept, and the first 20 rows as they would be read.
            """)
        .TakesImportOptions()
        .Produces<SuccessBody<ImportPreview>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = null; // the beginning is read, and no more
        }

        var upload = await ImportUpload.ReadAsync(http.Request, cancellationToken);
        var options = upload.Refusal is null ? ImportParameters.Read(upload.Value.Parameters, new ImportOptions(), await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken)) : null;
        if ((upload.Refusal ?? options!.Refusal) is { } refusal)
        {
            return refusal;
        }

        return (await mediator.Send(new PreviewImportQuery(tenant, upload.Value.Source, options!.Value), cancellationToken)).ToResult(preview =>
        {
            if (preview.IsCut)
            {
                http.Response.Headers.Connection = "close"; // the rest is not read
            }

            return ReadableJson.ToResult(new SuccessBody<ImportPreview>(preview), ImportPreviewJson.Default.SuccessBodyImportPreview);
        });
    }
}
