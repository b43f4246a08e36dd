using Carter;
using CrmImport.Features.Contacts.ArchiveContact;
using CrmImport.Features.Contacts.CreateContact;
using CrmImport.Features.Contacts.ListContacts;
using CrmImport.Features.Contacts.PatchContact;
using CrmImport.Features.Contacts.ReadContact;
using CrmImport.Features.Contacts.ReplaceContact;
using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Contacts;

/// <summary>Contacts: created and updated by one write path, whichever route they come in by.</summary>
public sealed class ContactsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var contacts = app.MapGroup("").WithTags("Contacts").Needs(Permissions.ContactRead).OnRecord(RecordTypes.Contact);
        contacts.MapPost("/rest/contact/contact", UpsertContactEndpoint.HandleAsync).Needs(Permissions.ContactAdd, Permissions.ContactEdit).DescribedBy(UpsertContactEndpoint.Describe);
        contacts.MapGet("/api/v1/contacts", ListContactsEndpoint.HandleAsync).DescribedBy(ListContactsEndpoint.Describe);
        contacts.MapPost("/api/v1/contacts", CreateContactEndpoint.HandleAsync).Needs(Permissions.ContactAdd).DescribedBy(CreateContactEndpoint.Describe);

        var ofClient = contacts.MapGroup("/api/v1/clients/{clientRef}").WithPath("clientRef", "The client's ref").WithPath("contactRef", "The contact's ref");
        ofClient.MapGet("/contacts", ListContactsEndpoint.HandleOfClientAsync).DescribedBy(ListContactsEndpoint.DescribeOfClient);
        ofClient.MapGet("/locations/{locationRef}/contacts", ListContactsEndpoint.HandleOfLocationAsync).DescribedBy(ListContactsEndpoint.DescribeOfLocation);
        ofClient.MapGet("/contacts/{contactRef}", ReadContactEndpoint.HandleAsync).DescribedBy(ReadContactEndpoint.Describe);
        ofClient.MapPut("/contacts/{contactRef}", ReplaceContactEndpoint.HandleAsync).Needs(Permissions.ContactAdd, Permissions.ContactEdit).DescribedBy(ReplaceContactEndpoint.Describe);
        ofClient.MapPatch("/contacts/{contactRef}", PatchContactEndpoint.HandleAsync).Needs(Permissions.ContactEdit).DescribedBy(PatchContactEndpoint.Describe);
        ofClient.MapPost("/contacts/{contactRef}", PatchContactEndpoint.HandleAsync).Needs(Permissions.ContactEdit).DescribedBy(PatchContactEndpoint.DescribeByPost);
        ofClient.MapPost("/contacts/{contactRef}/archive", ArchiveContactEndpoint.ArchiveAsync).Needs(Permissions.ContactArchive).DescribedBy(ArchiveContactEndpoint.DescribeArchive);
        ofClient.MapPost("/contacts/{contactRef}/restore", ArchiveContactEndpoint.RestoreAsync).Needs(Permissions.ContactArchive).DescribedBy(ArchiveContactEndpoint.DescribeRestore);
        ofClient.MapDelete("/contacts/{contactRef}", ArchiveContactEndpoint.DeleteAsync).Needs().DescribedBy(ArchiveContactEndpoint.DescribeDelete);
    }
}
