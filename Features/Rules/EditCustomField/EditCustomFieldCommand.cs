using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Rules.EditCustomField;

/// <summary>Add a field to a kind of record, or change what is said of it.</summary>
internal sealed record EditCustomFieldCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}

internal sealed class EditCustomFieldValidator : AbstractValidator<EditCustomFieldCommand>
{
    public EditCustomFieldValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
