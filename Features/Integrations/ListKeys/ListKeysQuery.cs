using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ListKeys;

/// <summary>Read a page of the keys of an endpoint.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListKeysQuery(Tenant Tenant, string EndpointId, ListRequest List) : IRequest<Answer<ListPage<KeyItem>>>;
