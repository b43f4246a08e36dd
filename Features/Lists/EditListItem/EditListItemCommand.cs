using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Lists.EditListItem;

/// <summary>Create or replace an item of a list, or try to.</summary>
internal sealed record EditListItemCommand(Tenant Tenant, Caller Caller, string List, string Id, RecordInput Item, WriteConditions Conditions, bool MayCreateList) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    /// <summary>The address's number; null where that is none.</summary>
    public int? Number => int.TryParse(Id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : null;
}

internal sealed class EditListItemValidator : AbstractValidator<EditListItemCommand>
{
    public EditListItemValidator()
    {
        RuleFor(command => command.List).Must(ListItemFields.IsListName)
            .OverridePropertyName("name").WithErrorCode(ApiErrors.InvalidParameter.Code).WithMessage("A list name must match [a-z][a-z0-9_]{0,49}");
        RuleFor(command => command.Number).NotNull()
            .OverridePropertyName("id").WithErrorCode(ApiErrors.InvalidParameter.Code).WithMessage($"The id of an item must be from 1 to {int.MaxValue}");
        RuleFor(command => command.Item).Must((command, item) => item[ListItemFields.Id] is not int given || given == command.Number)
            .When(command => command.Number is not null)
            .OverridePropertyName("id").WithErrorCode(ApiErrors.FieldReadOnly.Code).WithMessage("id does not match the URL");
        RuleFor(command => command.Item).Custom((item, context) => RecordRules.Check(item, context));
    }
}
