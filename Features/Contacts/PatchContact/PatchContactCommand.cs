using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.PatchContact;

/// <summary>Change a contact that is there by what a patch makes of it.</summary>
[Unvalidated("what the patch makes of the contact is checked by UpsertContactCommand's validator")]
internal sealed record PatchContactCommand(
    Tenant Tenant, Caller Caller, string ClientRef, string ContactRef, Patch Patch, WriteConditions Conditions, Func<WrittenContact, WriteAnswer> ToAnswer)
    : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    /// <summary>The number the record has for InTouch's clients; null where it is not shown.</summary>
    public long? PartyId { get; init; }
}
