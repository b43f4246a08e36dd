using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Locations.EditLocation;

/// <summary>Create a location of a client, bring it to what was given, replace it whole, or patch it.</summary>
internal sealed record EditLocationCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}

internal sealed class EditLocationValidator : AbstractValidator<EditLocationCommand>
{
    public EditLocationValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
