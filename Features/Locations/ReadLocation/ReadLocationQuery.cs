using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.ReadLocation;

/// <summary>Read one location of a client.</summary>
/// <param name="Rules">By which locations have the fields that the database's administrators added.</param>
[Unvalidated("refs that cannot exist are not found")]
internal sealed record ReadLocationQuery(Tenant Tenant, FieldRules Rules, string ClientRef, string LocationRef, ArchivedFilter Archived) : IRequest<Answer<Location>>;
