using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ListImports;

/// <summary>Read a page of the imports.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListImportsQuery(Tenant Tenant, Caller Caller, ListRequest List) : IRequest<Answer<ListPage<Import>>>;
