using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Parties.WriteParty;

/// <summary>Create a party (no number), replace it whole (a record), or change it by a patch.</summary>
internal sealed record WritePartyCommand(Tenant Tenant, Caller Caller, long? Id, RecordInput? Record, Patch? Patch, WriteDemands Demands)
    : IRequest<Answer<WriteAnswer>>, IKeyedWrite;

/// <summary>Nothing to check here: the writes of contacts that it becomes have validators.</summary>
internal sealed class WritePartyValidator : AbstractValidator<WritePartyCommand>;
