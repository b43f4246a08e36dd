using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ListRequirements;

/// <summary>Read a page of what a database demands of the fields.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListRequirementsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Requirement>>>;
