using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.ListAccounts;

/// <summary>Read a page of the accounts.</summary>
internal sealed record ListAccountsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Account>>>;

/// <summary>Nothing to check: the parameters were checked where they were read.</summary>
internal sealed class ListAccountsValidator : AbstractValidator<ListAccountsQuery>;
