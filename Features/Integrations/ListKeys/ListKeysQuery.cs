using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.ListKeys;

/// <summary>Read a page of the keys of an endpoint.</summary>
internal sealed record ListKeysQuery(Tenant Tenant, string EndpointId, ListRequest List) : IRequest<Answer<ListPage<KeyItem>>>;

/// <summary>Nothing to check: the parameters were checked where they were read.</summary>
internal sealed class ListKeysValidator : AbstractValidator<ListKeysQuery>;
