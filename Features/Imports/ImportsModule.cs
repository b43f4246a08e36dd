using Carter;
using CrmImport.Features.Imports.CancelImport;
using CrmImport.Features.Imports.ListImports;
using CrmImport.Features.Imports.PreviewImport;
using CrmImport.Features.Imports.ReadImport;
using CrmImport.Features.Imports.ReadRejects;
using CrmImport.Features.Imports.ReadResults;
using CrmImport.Features.Imports.SubmitImport;
using CrmImport.Features.Imports.UndoImport;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Imports;

/// <summary>Imports: contacts from files, carried out in the background by the one write path of contacts.</summary>
public sealed class ImportsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var imports = app.MapGroup("/api/v1").WithTags("Imports").Needs(Permissions.ContactRead, Permissions.ContactAdd, Permissions.ContactEdit).OnRecord(RecordTypes.Import);
        imports.MapPost("/imports", SubmitImportEndpoint.HandleAsync).Needs(Permissions.ContactAdd, Permissions.ContactEdit).DescribedBy(SubmitImportEndpoint.Describe);
        imports.MapGet("/imports", ListImportsEndpoint.HandleAsync).DescribedBy(ListImportsEndpoint.Describe);

        imports.MapPost("/imports/preview", PreviewImportEndpoint.HandleAsync).Needs(Permissions.ContactAdd, Permissions.ContactEdit).DescribedBy(PreviewImportEndpoint.Describe);

        var one = imports.MapGroup("/imports").WithPath("id", "The import's id");
        one.MapGet("/{id}", ReadImportEndpoint.HandleAsync).DescribedBy(ReadImportEndpoint.Describe);
        one.MapGet("/{id}/results", ReadResultsEndpoint.HandleAsync).DescribedBy(ReadResultsEndpoint.Describe);
        one.MapGet("/{id}/rejects", ReadRejectsEndpoint.HandleAsync).DescribedBy(ReadRejectsEndpoint.Describe);
        one.MapGet("/{id}/unprocessed", ReadRejectsEndpoint.HandleUnprocessedAsync).DescribedBy(ReadRejectsEndpoint.DescribeUnprocessed);
        one.MapPost("/{id}/undo", UndoImportEndpoint.HandleAsync).Needs(Permissions.ContactEdit).DescribedBy(UndoImportEndpoint.Describe);
        one.MapPost("/{id}/cancel", CancelImportEndpoint.HandleAsync).Needs(Permissions.ContactAdd, Permissions.ContactEdit).DescribedBy(CancelImportEndpoint.Describe);
    }
}
