using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Locations;

/// <summary>The fields of a location itself; what a contact says of its locations stands in <see cref="ContactFields.Location"/>.</summary>
internal static class LocationFields
{
    public static readonly Field ClientRef = ContactFields.Key("clientRef", "The ref of the client the location belongs to");
    public static readonly Field LocationRef = ContactFields.Key("locationRef", "The location's own ref, unique within its client");

    public static readonly RecordShape Location = new(
        [
            ClientRef,
            LocationRef,
            ContactFields.Text("name", 200, "The location's name"),
            ContactFields.Text("address1", 200, "First address line"),
            ContactFields.Text("address2", 200, "Second address line"),
            ContactFields.Text("address3", 200, "Third address line"),
            ContactFields.Text("address4", 200, "Fourth address line"),
            ContactFields.Text("postCode", 50, "Post code"),
            new Field("usageTypeId", FieldKind.Integer) { List = ContactFields.UsageTypes, Description = "What the location is used for" },
            ContactFields.Text("preferredContactRef", 50, "The ref of the location's preferred contact; contacts say which it is") with { ReadOnly = true },
        ]);
}
