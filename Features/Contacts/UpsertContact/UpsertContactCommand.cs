using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.UpsertContact;

/// <summary>
/// Create the contact, or bring it to what was given. This request is the one way a contact is written; the answer is made from what was written,
/// before it is committed, so that it can be kept with the write.
/// </summary>
internal sealed record UpsertContactCommand(
    Tenant Tenant, Caller Caller, RecordInput Contact, ContactWriteMode Mode, WriteConditions Conditions, Func<WrittenContact, WriteAnswer> ToAnswer)
    : IRequest<Answer<WriteAnswer>>, IKeyedWrite
{
    public LocationsMode Locations { get; init; }

    /// <summary>Whether the answer needs the record as it is after the write.</summary>
    public bool WantsRecord { get; init; } = true;

    /// <summary>Whether a contact that is there is changed only by who names the version that is meant (428).</summary>
    public bool MustNameVersion { get; init; }

    /// <summary>Where the command was made of a version of the contact, as by a patch: that version, and how the same is made of another.</summary>
    public ContactBase? Base { get; init; }

    /// <summary>Whether the answer needs the number by which InTouch's clients know the contact, also where it is new.</summary>
    public bool WantsPartyId { get; init; }

    /// <summary>The number of a new contact, where it was drawn before; null: the write draws one.</summary>
    public long? PartyId { get; init; }

    /// <summary>Whether the contact's history is needed, to answer or to decide.</summary>
    public bool NeedsRecord => WantsRecord || Conditions.Precondition.IfUnmodifiedSince is not null;

    /// <summary>Whether what is not given is cleared, instead of staying as it is.</summary>
    public bool IsWhole => Mode is ContactWriteMode.Replace or ContactWriteMode.Edit;

    /// <summary>Whether the contact is archived or restored, and nothing else about it is given.</summary>
    public bool IsOfArchive => Mode is ContactWriteMode.Archive or ContactWriteMode.Restore;

    /// <summary>Whether a system may send the same again and again, so that a claim on a location it has lost is no news.</summary>
    public bool RepeatsClaims => Mode is ContactWriteMode.Upsert or ContactWriteMode.Update;

    public string ClientRef => Contact.Text(ContactFields.ClientRef);

    public string ContactRef => Contact.Text(ContactFields.ContactRef);

    /// <summary>A day of an association as it shall be.</summary>
    public DateOnly? Given(RecordInput location, Field field, DateOnly? stored) => location.IsPresent(location.Shape.IndexOf(field)) || IsWhole ? (DateOnly?)location[field] : stored;
}

/// <summary>The version of a contact that a command was made of, and how it is made of the contact as it is stored by now, which may be refused.</summary>
internal sealed record ContactBase(long Version, Func<Contact, Answer<UpsertContactCommand>> Rebase);

internal enum ContactWriteMode
{
    /// <summary>Create or change; what is not given stays.</summary>
    Upsert,

    /// <summary>Create; a contact that is there is a conflict.</summary>
    Create,

    /// <summary>Create or change as a whole; what is not given is cleared, and the locations given are all of them.</summary>
    Replace,

    /// <summary>Change a contact that is there, as a whole.</summary>
    Edit,

    /// <summary>Change a contact that is there; what is not given stays.</summary>
    Update,

    /// <summary>Take the contact out of lists and reads; of the contact only the keys are given.</summary>
    Archive,

    /// <summary>Take the contact back from the archive, as it was; of the contact only the keys are given. Upsert and Replace do that too.</summary>
    Restore,
}

/// <summary>Whether the locations given are added to those there are, or become all of them.</summary>
internal enum LocationsMode
{
    Merge,
    Replace,
}
