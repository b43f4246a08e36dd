using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Locations;

/// <summary>The fields of a location itself; what a contact says of its locations stands in <see cref="ContactFields.Location"/>.</summary>
internal static class LocationFields
{
    /// <summary>What a read selects from <see cref="Source"/>: the shape's fields, then the history.</summary>
    public const string Columns =
        """
        client_ref, location_ref, name, address1, address2, address3, address4, post_code, usage_type_id, preferred_contact_ref,
        version, created_at, created_by, updated_at, updated_by, case when live then client_archived_at else archived_at end as archived_at, custom
        """;

    /// <summary>Locations, each with its client and its preferred contact if it has one. A client's locations are archived with it.</summary>
    public const string Source =
        """
        location
        join (select client_ref, live as client_live, archived_at as client_archived_at from client) client using (client_ref)
        left join (
            select client_ref, location_ref, contact_ref as preferred_contact_ref
            from contact_location
            where is_preferred and live
        ) preferred using (client_ref, location_ref)
        """;

    public static readonly Field ClientRef = Fields.Ref("clientRef", "The ref of the client the location belongs to");
    public static readonly Field LocationRef = Fields.Ref("locationRef", "The location's own ref, unique within its client");

    public static readonly RecordShape Location = new(
        [
            ClientRef,
            LocationRef,
            Fields.Text("name", 200, "The location's name"),
            Fields.Text("address1", 200, "First address line"),
            Fields.Text("address2", 200, "Second address line"),
            Fields.Text("address3", 200, "Third address line"),
            Fields.Text("address4", 200, "Fourth address line"),
            Fields.Text("postCode", 50, "Post code"),
            new Field("usageTypeId", FieldKind.Integer) { List = ContactFields.UsageTypes, Description = "What the location is used for" },
            Fields.Text("preferredContactRef", 50, "The ref of the location's preferred contact; contacts say which it is") with { IsRef = true, ReadOnly = true },
        ])
    {
        Name = "Location",
        Example = """{"clientRef":"29","locationRef":"10175","name":"Demo House","address1":"1 High Street","postCode":"EX49HL","usageTypeId":1}""",
        AlsoReturned = RecordHistory.NamesWithArchive,
    };
}
