using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Accounts.UnlockAccount;

/// <summary>Forget the failed log-ins of an account, and the locks they led to; or try to.</summary>
internal sealed record UnlockAccountCommand(Tenant Tenant, Caller Caller, string OpId, bool IsDryRun = false) : IRequest<Answer<Unit>>;

/// <summary>Nothing to check: an account that cannot exist is not found.</summary>
internal sealed class UnlockAccountValidator : AbstractValidator<UnlockAccountCommand>;
