using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ListIntegrations;

/// <summary>Read a page of the endpoints.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListIntegrationsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Integration>>>;
