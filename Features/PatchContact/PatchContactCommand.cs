using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Patches;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.PatchContact;

/// <summary>Change a contact that is there by what a patch makes of it.</summary>
internal sealed record PatchContactCommand(
    Tenant Tenant, Caller Caller, string ClientRef, string ContactRef, Patch Patch, WriteDemands Demands, Func<WrittenContact, WriteAnswer> ToAnswer)
    : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    /// <summary>The number the record has for InTouch's clients; null where it is not shown.</summary>
    public long? PartyId { get; init; }
}

/// <summary>Nothing to check before the contact is there: what the patch makes of it is checked by <see cref="UpsertContact.UpsertContactCommand"/>'s validator.</summary>
internal sealed class PatchContactValidator : AbstractValidator<PatchContactCommand>;
