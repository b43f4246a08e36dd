using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.UpsertContact;

/// <summary>Create the contact, or bring it to what was given. This request is the one way a contact is written.</summary>
internal sealed record UpsertContactCommand(Tenant Tenant, Caller Caller, RecordInput Contact, LocationsMode Locations, Precondition Precondition)
    : IRequest<Answer<UpsertContactResult>>
{
    public string ClientRef => Contact.Text(ContactFields.ClientRef);

    public string ContactRef => Contact.Text(ContactFields.ContactRef);
}

/// <summary>Whether the locations given are added to those there are, or become all of them.</summary>
internal enum LocationsMode
{
    Merge,
    Replace,
}

/// <summary>What became of a write, and the contact's version after it.</summary>
internal sealed record UpsertContactResult(WriteOutcome Outcome, long Version);

internal enum WriteOutcome
{
    Created,
    Updated,
    Unchanged,
}

internal static class WriteOutcomeText
{
    /// <summary>As headers and audit entries have it.</summary>
    public static string Text(this WriteOutcome outcome) => outcome switch
    {
        WriteOutcome.Created => "created",
        WriteOutcome.Updated => "updated",
        _ => "unchanged",
    };
}
