using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Parties.ListParties;

/// <summary>Read a page of the directory.</summary>
internal sealed record ListPartiesQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Party>>>;

/// <summary>Nothing to check: the parameters were checked where they were read.</summary>
internal sealed class ListPartiesValidator : AbstractValidator<ListPartiesQuery>;
