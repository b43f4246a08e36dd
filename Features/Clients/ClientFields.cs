using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Clients;

/// <summary>The fields of a client: where contacts and locations belong.</summary>
internal static class ClientFields
{
    public static readonly Field ClientRef = ContactFields.Key("clientRef", "The client's ref, unique in its database");

    public static readonly RecordShape Client = new(
        [
            ClientRef,
            ContactFields.Text("name", 200, "The client's name"),
            ContactFields.Text("address1", 200, "First address line"),
            ContactFields.Text("address2", 200, "Second address line"),
            ContactFields.Text("address3", 200, "Third address line"),
            ContactFields.Text("address4", 200, "Fourth address line"),
            ContactFields.Text("postCode", 50, "Post code"),
            ContactFields.Text("notes", 2000, "Notes on the client"),
        ]);
}
