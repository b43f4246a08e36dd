using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Lists.EditListItem;

/// <summary>Create or replace an item of a list, or try to.</summary>
internal sealed record EditListItemCommand(Tenant Tenant, Caller Caller, string List, string Id, RecordInput Item, bool IsDryRun) : IRequest<Answer<EditedListItem>>
{
    /// <summary>The address's number; null where that is none.</summary>
    public int? Number => int.TryParse(Id, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}

internal sealed class EditListItemValidator : AbstractValidator<EditListItemCommand>
{
    public EditListItemValidator()
    {
        RuleFor(command => command).Custom((command, context) =>
        {
            if (!ListItemFields.IsListName(command.List))
            {
                context.AddProblem(Problem.Severe(ApiErrors.InvalidParameter, "name", "A list's name is a small letter and up to 49 more, digits and _"));
            }

            if (command.Number is null)
            {
                context.AddProblem(Problem.Severe(ApiErrors.InvalidParameter, "id", $"An item's number is from 1 to {int.MaxValue}"));
            }
            else if (command.Item[ListItemFields.Id] is int given && given != command.Number)
            {
                context.AddProblem(Problem.Severe(ApiErrors.FieldReadOnly, ListItemFields.Id.Name, "id is not the address's"));
            }
        });
        RuleFor(command => command.Item).Custom((item, context) => RecordRules.Check(item, context));
    }
}

/// <summary>The item as it is now, and what changed.</summary>
internal sealed record EditedListItem(ManagedListItem Item, WriteOutcome Outcome, string Changes);
