using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Locations.ListLocations;

/// <summary>Read a page of a client's locations.</summary>
/// <param name="Rules">By which locations have the fields that the database's administrators added.</param>
[Unvalidated("the parameters were checked where they were read, and a client that cannot exist is not found")]
internal sealed record ListLocationsQuery(Tenant Tenant, FieldRules Rules, string ClientRef, ListRequest List) : IRequest<Answer<ListPage<Location>>>;
