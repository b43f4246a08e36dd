using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.ListEndpoints;

/// <summary>Read a page of the endpoints.</summary>
internal sealed record ListEndpointsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Integrations.Endpoint>>>;

/// <summary>Nothing to check: the parameters were checked where they were read.</summary>
internal sealed class ListEndpointsValidator : AbstractValidator<ListEndpointsQuery>;
