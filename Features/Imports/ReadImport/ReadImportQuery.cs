using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.ReadImport;

/// <summary>Read one import.</summary>
[Unvalidated("an id that cannot exist is not found")]
internal sealed record ReadImportQuery(Tenant Tenant, Caller Caller, string Id) : IRequest<Answer<Import>>;
