using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Sessions.Logout;

/// <summary>End the caller's session.</summary>
internal sealed record LogoutCommand(Tenant Tenant, Caller Caller) : IRequest<Answer<Unit>>;

/// <summary>Nothing to check: the caller is known, and there is no input.</summary>
internal sealed class LogoutValidator : AbstractValidator<LogoutCommand>;
