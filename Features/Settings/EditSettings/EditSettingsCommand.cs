using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Settings.EditSettings;

/// <summary>Patch a database's settings.</summary>
internal sealed record EditSettingsCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteDemands Demands => Edit.Demands;
}

/// <summary>Nothing to check before the patch meets the record.</summary>
internal sealed class EditSettingsValidator : AbstractValidator<EditSettingsCommand>;
