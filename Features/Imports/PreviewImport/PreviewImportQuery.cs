using CrmImport.Features.Imports.Reading;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.PreviewImport;

/// <summary>Look at the beginning of a file as an import would read it; nothing is kept.</summary>
[Unvalidated("the parameters were checked where they were read, and what is wrong with the file is what is asked for")]
internal sealed record PreviewImportQuery(Tenant Tenant, ImportSource Source, ImportOptions Options) : IRequest<Answer<ImportPreview>>;
