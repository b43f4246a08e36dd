using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadCustomField;

/// <summary>Read the definition of a field that was added.</summary>
[Unvalidated("a field that cannot exist is not found")]
internal sealed record ReadCustomFieldQuery(Tenant Tenant, string Name) : IRequest<Answer<CustomFieldDefinition>>;
