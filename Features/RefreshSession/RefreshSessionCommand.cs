using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.RefreshSession;

/// <summary>Exchange a refresh token. A database of null is one the token is not for.</summary>
internal sealed record RefreshSessionCommand(Tenant? Tenant, RecordInput Body, CallOrigin Origin) : IRequest<Answer<IssuedSession>>;

internal sealed class RefreshSessionValidator : AbstractValidator<RefreshSessionCommand>
{
    public RefreshSessionValidator() => RuleFor(command => command.Body).Custom((body, context) => RecordRules.Check(body, context));
}
