using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Rules.EditRequirement;

/// <summary>Replace or patch what a database demands of a field.</summary>
internal sealed record EditRequirementCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}

internal sealed class EditRequirementValidator : AbstractValidator<EditRequirementCommand>
{
    public EditRequirementValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
