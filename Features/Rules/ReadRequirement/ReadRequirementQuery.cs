using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ReadRequirement;

/// <summary>Read what a database demands of a field.</summary>
[Unvalidated("a field that cannot exist is not found")]
internal sealed record ReadRequirementQuery(Tenant Tenant, string Field) : IRequest<Answer<Requirement>>;
