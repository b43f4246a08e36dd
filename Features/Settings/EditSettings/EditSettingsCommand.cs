using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Settings.EditSettings;

/// <summary>Patch a database's settings.</summary>
[Unvalidated("a patch is checked when it is applied to the record")]
internal sealed record EditSettingsCommand(Tenant Tenant, Caller Caller, RecordEdit Edit) : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public WriteConditions Conditions => Edit.Conditions;
}
