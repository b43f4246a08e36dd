using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
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
