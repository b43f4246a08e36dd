using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Accounts.ListAccounts;

/// <summary>Read a page of the accounts.</summary>
internal sealed record ListAccountsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Account>>>;

/// <summary>Nothing to check: the parameters were checked where they were read.</summary>
internal sealed class ListAccountsValidator : AbstractValidator<ListAccountsQuery>;
