using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.ReadLocation;

/// <summary>Read one location of a client.</summary>
[Unvalidated("refs that cannot exist are not found")]
internal sealed record ReadLocationQuery(Tenant Tenant, string ClientRef, string LocationRef, ArchivedFilter Archived) : IRequest<Answer<Location>>;
