using CrmImport.Features.Clients.ReadClient;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Locations.ReadLocation;

/// <summary>Read one location of a client.</summary>
internal sealed record ReadLocationQuery(Tenant Tenant, string ClientRef, string LocationRef) : IRequest<Answer<Location>>;

/// <summary>Nothing to check: refs that cannot exist are not found.</summary>
internal sealed class ReadLocationValidator : AbstractValidator<ReadLocationQuery>;
