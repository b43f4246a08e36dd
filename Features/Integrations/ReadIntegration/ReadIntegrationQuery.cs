using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ReadIntegration;

/// <summary>Read one endpoint.</summary>
[Unvalidated("an id that cannot exist is not found")]
internal sealed record ReadIntegrationQuery(Tenant Tenant, string Id) : IRequest<Answer<Integration>>;
