using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Sessions.RefreshSession;

/// <summary>Exchange a refresh token. A database of null is one the token is not for.</summary>
internal sealed record RefreshSessionCommand(Tenant? Tenant, RecordInput Body, CallOrigin Origin) : IRequest<Answer<IssuedSession>>;

internal sealed class RefreshSessionValidator : AbstractValidator<RefreshSessionCommand>
{
    public RefreshSessionValidator() => RuleFor(command => command.Body).Custom((body, context) => RecordRules.Check(body, context));
}
