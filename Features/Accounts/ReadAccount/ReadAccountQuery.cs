using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Accounts.ReadAccount;

/// <summary>Read one account.</summary>
internal sealed record ReadAccountQuery(Tenant Tenant, string OpId) : IRequest<Answer<Account>>;

/// <summary>Nothing to check: an id that cannot exist is not found.</summary>
internal sealed class ReadAccountValidator : AbstractValidator<ReadAccountQuery>;
