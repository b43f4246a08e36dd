using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.ReadEndpoint;

/// <summary>Read one endpoint.</summary>
internal sealed record ReadEndpointQuery(Tenant Tenant, string Id) : IRequest<Answer<Integrations.Endpoint>>;

/// <summary>Nothing to check: an id that cannot exist is not found.</summary>
internal sealed class ReadEndpointValidator : AbstractValidator<ReadEndpointQuery>;
