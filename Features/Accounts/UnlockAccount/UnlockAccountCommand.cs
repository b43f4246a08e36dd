using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Accounts.UnlockAccount;

/// <summary>Forget the failed logins of an account, and the locks they led to; or try to.</summary>
[Unvalidated("an account that cannot exist is not found")]
internal sealed record UnlockAccountCommand(Tenant Tenant, Caller Caller, string OpId, WriteConditions Conditions) : IRequest<Answer<WriteAnswer>>, IKeyedWrite;
