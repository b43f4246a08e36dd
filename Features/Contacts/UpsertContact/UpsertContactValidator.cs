using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using FluentValidation;

namespace CrmImport.Features.Contacts.UpsertContact;

/// <summary>The catalogue's rules, then what they cannot say: no location twice. Days are compared where the stored ones are known, in <see cref="ContactChange"/>.</summary>
internal sealed class UpsertContactValidator : AbstractValidator<UpsertContactCommand>
{
    public UpsertContactValidator()
    {
        Unless(command => command.IsOfArchive, () =>
        {
            RuleFor(command => command.Contact).Custom((contact, context) => RecordRules.Check(contact, context));
            RuleFor(command => command.Contact).Custom(RejectRepeatedLocations);
        });
    }

    private static void RejectRepeatedLocations(RecordInput contact, ValidationContext<UpsertContactCommand> context)
    {
        if (contact.Children is not { Count: > 1 } locations)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var location in locations)
        {
            if (location.Text(ContactFields.LocationRef) is { Length: > 0 } locationRef && !seen.Add(locationRef))
            {
                var path = location.PathOf(ContactFields.LocationRef);
                context.AddProblem(Problem.Severe(ApiErrors.DuplicateLocation, path, $"{path}: location {locationRef} appears more than once"));
            }
        }
    }
}
