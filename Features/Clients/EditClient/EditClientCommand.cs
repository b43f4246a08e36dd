using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Clients.EditClient;

/// <summary>Create a client, replace it whole, or patch it.</summary>
internal sealed record EditClientCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}

internal sealed class EditClientValidator : AbstractValidator<EditClientCommand>
{
    public EditClientValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
