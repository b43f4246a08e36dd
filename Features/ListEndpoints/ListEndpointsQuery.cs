using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.ListEndpoints;

/// <summary>Read a page of the endpoints.</summary>
internal sealed record ListEndpointsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Catalogue.Endpoint>>>;

/// <summary>Nothing to check: the parameters were checked where they were read.</summary>
internal sealed class ListEndpointsValidator : AbstractValidator<ListEndpointsQuery>;
