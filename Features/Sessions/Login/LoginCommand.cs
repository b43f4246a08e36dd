using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Sessions.Login;

/// <summary>Log an operator in. A tenant of null is a database that is not served here: it is refused like a wrong password, and as slowly.</summary>
internal sealed record LoginCommand(Tenant? Tenant, string Database, RecordInput Credentials, CallOrigin Origin) : IRequest<Answer<IssuedSession>>;

internal sealed class LoginValidator : AbstractValidator<LoginCommand>
{
    public LoginValidator() => RuleFor(command => command.Credentials).Custom((credentials, context) => RecordRules.Check(credentials, context));
}
