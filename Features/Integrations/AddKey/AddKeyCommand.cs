using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.AddKey;

/// <summary>Make an endpoint another key, or try to.</summary>
internal sealed record AddKeyCommand(Tenant Tenant, Caller Caller, string EndpointId, RecordInput Key, bool IsDryRun) : IRequest<Answer<NewKey>>;

internal sealed class AddKeyValidator : AbstractValidator<AddKeyCommand>
{
    public AddKeyValidator(TimeProvider clock)
    {
        RuleFor(command => command.Key).Custom((key, context) => RecordRules.Check(key, context));
        RuleFor(command => command.Key).Custom((key, context) =>
        {
            // A misspelt expiry must not make a key that never expires.
            foreach (var unknown in key.AllProblems().Where(problem => problem.Code == ApiErrors.UnknownField.Code))
            {
                context.AddProblem(unknown with { Level = Problem.SevereLevel });
            }
        });
        RuleFor(command => command.Key).Custom((key, context) =>
        {
            if (key[KeyFields.ExpiresAt] is DateTime expiresAt && expiresAt <= clock.GetUtcNow().UtcDateTime)
            {
                context.AddProblem(Problem.Severe(ApiErrors.FieldNotAllowed, KeyFields.ExpiresAt.Name, $"{KeyFields.ExpiresAt.Name} must be in the future"));
            }
        });
    }
}

/// <summary>A new key, the only time it is whole: for Bearer and X-Access-Key, and its secret alone for SO-AppToken (source: SuperOffice).</summary>
internal sealed record NewKey(string KeyId, string AccessKey, string Secret, string Prefix, DateTime CreatedAt, string CreatedBy, DateTime? ExpiresAt);
