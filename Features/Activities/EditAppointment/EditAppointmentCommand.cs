using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Activities.EditAppointment;

/// <summary>Create an appointment, or patch it.</summary>
internal sealed record EditAppointmentCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}

internal sealed class EditAppointmentValidator : AbstractValidator<EditAppointmentCommand>
{
    public EditAppointmentValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
