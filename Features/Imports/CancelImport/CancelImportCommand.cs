using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Imports.CancelImport;

/// <summary>Stop an import that waits or runs; what is in stays in.</summary>
[Unvalidated("an id that cannot exist is not found")]
internal sealed record CancelImportCommand(Tenant Tenant, Caller Caller, string Id) : IRequest<Answer<Import>>;
