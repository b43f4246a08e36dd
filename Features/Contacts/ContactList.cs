using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Contacts;

/// <summary>What contacts can be filtered by, ordered by and narrowed to: the catalogue's fields, the associations and the history.</summary>
internal static class ContactList
{
    // Of the table contact, which every list of contacts reads.
    private const string AnyLocation =
        """
        exists (
            select from contact_location cl
            join location l on l.client_ref = cl.client_ref and l.location_ref = cl.location_ref
            where cl.client_ref = contact.client_ref and cl.contact_ref = contact.contact_ref and {condition})
        """;

    public static readonly ListShape Shape = ListShape.Of(ContactFields.Contact, ["surname", "postCode", .. Ways], Ways).WithArchive().WithChildren(
        OfLocation(ContactFields.LocationRef.Name, ListKind.Ref, "cl.location_ref"),
        OfLocation(ContactFields.IsPreferred.Name, ListKind.Boolean, "cl.is_preferred"),
        OfLocation(ContactFields.StartDate.Name, ListKind.Timestamp, "(cl.start_date::timestamp at time zone 'UTC')"),
        OfLocation(ContactFields.EndDate.Name, ListKind.Timestamp, "(cl.end_date::timestamp at time zone 'UTC')"),
        OfLocation(ContactFields.UsageTypeId.Name, ListKind.Integer, "l.usage_type_id"));

    private static string[] Ways => ["contact1", "contact2", "contact3", "contact4"];

    private static ListField OfLocation(string name, ListKind kind, string column) => new($"{ContactFields.Locations}.{name}", kind) { Column = column, Within = AnyLocation };
}
