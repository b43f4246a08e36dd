using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.EditIntegration;

/// <summary>Create an endpoint, or patch it.</summary>
internal sealed record EditIntegrationCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}

internal sealed class EditIntegrationValidator : AbstractValidator<EditIntegrationCommand>
{
    public EditIntegrationValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
