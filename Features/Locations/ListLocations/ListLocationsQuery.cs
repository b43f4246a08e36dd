using CrmImport.Features.Clients.ReadClient;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Locations.ListLocations;

/// <summary>Read a page of a client's locations.</summary>
internal sealed record ListLocationsQuery(Tenant Tenant, string ClientRef, ListRequest List) : IRequest<Answer<ListPage<Location>>>;

/// <summary>Nothing to check: the parameters were checked where they were read, and a client that cannot exist is not found.</summary>
internal sealed class ListLocationsValidator : AbstractValidator<ListLocationsQuery>;
