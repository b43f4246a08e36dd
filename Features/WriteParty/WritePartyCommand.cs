using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Patches;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.WriteParty;

/// <summary>Create a party (no number), replace it whole (a record), or change it by a patch.</summary>
internal sealed record WritePartyCommand(Tenant Tenant, Caller Caller, long? Id, RecordInput? Record, Patch? Patch, WriteDemands Demands)
    : IRequest<Answer<WriteAnswer>>, IKeyedWrite;

/// <summary>Nothing to check here: the writes of contacts that it becomes have validators.</summary>
internal sealed class WritePartyValidator : AbstractValidator<WritePartyCommand>;
