using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.ListParties;

/// <summary>Read a page of the directory.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListPartiesQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Party>>>;
