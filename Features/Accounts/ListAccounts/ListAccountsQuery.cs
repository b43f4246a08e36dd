using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.ListAccounts;

/// <summary>Read a page of the accounts.</summary>
[Unvalidated("the parameters were checked where they were read")]
internal sealed record ListAccountsQuery(Tenant Tenant, ListRequest List) : IRequest<Answer<ListPage<Account>>>;
