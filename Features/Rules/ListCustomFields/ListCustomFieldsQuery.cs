using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ListCustomFields;

/// <summary>Read a page of the fields that were added.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListCustomFieldsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<CustomFieldDefinition>>>;
