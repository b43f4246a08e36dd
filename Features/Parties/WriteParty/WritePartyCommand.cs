using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.WriteParty;

/// <summary>Create a party (no number), replace it whole (a record), or change it by a patch.</summary>
[Unvalidated("the contact writes that it sends have validators")]
internal sealed record WritePartyCommand(Tenant Tenant, Caller Caller, long? Id, RecordInput? Record, Patch? Patch, WriteConditions Conditions)
    : IRequest<Answer<WriteAnswer>>, IKeyedWrite;
