using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Integrations.EditEndpoint;

/// <summary>Create an endpoint, or patch it.</summary>
internal sealed record EditEndpointCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteDemands Demands => Edit.Demands;
}

internal sealed class EditEndpointValidator : AbstractValidator<EditEndpointCommand>
{
    public EditEndpointValidator() => RuleFor(command => command.Edit).Custom(RecordEdit.Check);
}
