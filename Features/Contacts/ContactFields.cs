using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts;

/// <summary>
/// The field catalogue: every field of a contact and of its associations with locations, in the document's order (source: Oneserve contact API).
/// Reading, validation, storage, answers and the OpenAPI document all follow it.
/// </summary>
internal static class ContactFields
{
    public const string ContactTypes = "contacttype";
    public const string UsageTypes = "usagetype";
    public const string Locations = "locations";

    /// <summary>What a read selects from <c>contact_record</c>: what <see cref="Contacts.Contact"/> is made of.</summary>
    public const string Columns =
        """
        client_ref, contact_ref, salutation, forename, surname,
        contact1, contact1_type, contact2, contact2_type, contact3, contact3_type, contact4, contact4_type, preferred_contact,
        address1, address2, address3, address4, post_code, notes, considerations,
        version, created_at, created_by, updated_at, updated_by,
        location_refs, preferred, start_dates, end_dates, usage_type_ids,
        archived_at, custom
        """;

    /// <summary>Most locations one contact may be sent with.</summary>
    public const int MaxLocations = 1000;

    public static readonly Field ClientRef = Fields.Ref("clientRef", "The ref of the client the contact belongs to");
    public static readonly Field ContactRef = Fields.Ref("contactRef", "The contact's own ref, unique within its client");

    public static readonly Field LocationRef = Fields.Ref("locationRef", "The ref of the location, one of the client's") with { Alias = "location Ref" };
    public static readonly Field IsPreferred = new("isPreferred", FieldKind.Boolean) { Mandatory = true, Description = "Whether this is the location's preferred contact; true clears the flag of the former one" };
    public static readonly Field StartDate = new("startDate", FieldKind.Date) { Description = "First day on which the contact is valid for the location" };
    public static readonly Field EndDate = new("endDate", FieldKind.Date) { Description = "Last day on which the contact is valid for the location" };
    public static readonly Field UsageTypeId = new("usageTypeId", FieldKind.Integer) { List = UsageTypes, Description = "If given, changes the usage type of the location itself" };

    public static readonly RecordShape Location = new([LocationRef, IsPreferred, StartDate, EndDate, UsageTypeId]) { Name = "ContactLocation" };

    public static readonly RecordShape Contact = new(
        [
            ClientRef,
            ContactRef,
            Fields.Text("salutation", 50, "How the contact is addressed", mandatory: true),
            Fields.Text("forename", 80, "First name", mandatory: true),
            Fields.Text("surname", 80, "Last name", mandatory: true),
            Fields.Text("contact1", 80, "First way to reach the contact", mandatory: true),
            Type("contact1Type", "Kind of contact1", mandatory: true),
            Fields.Text("contact2", 50, "Second way to reach the contact"),
            Type("contact2Type", "Kind of contact2"),
            Fields.Text("contact3", 80, "Third way to reach the contact"),
            Type("contact3Type", "Kind of contact3"),
            Fields.Text("contact4", 80, "Fourth way to reach the contact"),
            Type("contact4Type", "Kind of contact4"),
            new Field("preferredContact", FieldKind.Integer) { Mandatory = true, Minimum = 1, Maximum = 4, Description = "Which of contact1 to contact4 to use first" },
            Fields.Text("address1", 200, "First address line", mandatory: true),
            Fields.Text("address2", 200, "Second address line", mandatory: true),
            Fields.Text("address3", 200, "Third address line"),
            Fields.Text("address4", 200, "Fourth address line"),
            Fields.Text("postCode", 50, "Post code", mandatory: true),
            Fields.Text("notes", 2000, "Notes on the contact"),
            Fields.Text("considerations", 4000, "Considerations for dealing with the contact"),
        ],
        Locations,
        Location,
        MaxLocations)
    { Name = "Contact", Example = SampleContact.Json, AlsoReturned = RecordHistory.NamesWithArchive };

    /// <summary>Where the fields after the two keys begin: those a contact's owner can change.</summary>
    public const int FirstUpdatable = 2;

    public static readonly int PreferredContactIndex = Contact.Fields.ToList().FindIndex(field => field.Name == "preferredContact");

    /// <summary>Where contact1 to contact4 stand.</summary>
    public static int IndexOfContact(int number) => FirstContactIndex + (2 * (number - 1));

    private static readonly int FirstContactIndex = Contact.Fields.ToList().FindIndex(field => field.Name == "contact1");

    private static Field Type(string name, string description, bool mandatory = false) =>
        new(name, FieldKind.Integer) { List = ContactTypes, Mandatory = mandatory, Description = description };
}
