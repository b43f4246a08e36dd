using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.ReadAccount;

/// <summary>Read one account.</summary>
[Unvalidated("an id that cannot exist is not found")]
internal sealed record ReadAccountQuery(Tenant Tenant, string OpId) : IRequest<Answer<Account>>;
