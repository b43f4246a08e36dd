using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.EditSettings;

/// <summary>Patch a database's settings.</summary>
internal sealed record EditSettingsCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteDemands Demands => Edit.Demands;
}

/// <summary>Nothing to check before the patch meets the record.</summary>
internal sealed class EditSettingsValidator : AbstractValidator<EditSettingsCommand>;
