using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ListEndpoints;

/// <summary>Read a page of the endpoints.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListEndpointsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Integrations.Endpoint>>>;
