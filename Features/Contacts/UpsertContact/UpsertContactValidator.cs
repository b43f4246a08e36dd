using CrmImport.Infrastructure.Mediation;
using FluentValidation;

namespace CrmImport.Features.Contacts.UpsertContact;

/// <summary>The rules for a contact; of one that is archived or restored, only the keys are given.</summary>
internal sealed class UpsertContactValidator : AbstractValidator<UpsertContactCommand>
{
    public UpsertContactValidator()
    {
        Unless(command => command.IsOfArchive, () => RuleFor(command => command.Contact).Custom((contact, context) =>
        {
            foreach (var problem in ContactRules.ProblemsOf(contact))
            {
                context.AddProblem(problem);
            }
        }));
    }
}
