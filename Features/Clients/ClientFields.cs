using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Clients;

/// <summary>The fields of a client: where contacts and locations belong.</summary>
internal static class ClientFields
{
    /// <summary>What a read selects of a client itself: the shape's fields, then the history.</summary>
    public const string Columns =
        """
        client_ref, id, name, address1, address2, address3, address4, post_code, notes,
        version, created_at, created_by, updated_at, updated_by, archived_at, custom
        """;

    public static readonly Field ClientRef = Fields.Ref("clientRef", "The client's ref, unique in its database");

    /// <summary>SuperOffice's ContactId of a company; the database assigns it.</summary>
    public static readonly Field Id = new("id", FieldKind.Long) { ReadOnly = true, Description = "The client's number; assigned when it is created" };

    public static readonly RecordShape Client = new(
        [
            ClientRef,
            Id,
            Fields.Text("name", 200, "The client's name"),
            Fields.Text("address1", 200, "First address line"),
            Fields.Text("address2", 200, "Second address line"),
            Fields.Text("address3", 200, "Third address line"),
            Fields.Text("address4", 200, "Fourth address line"),
            Fields.Text("postCode", 50, "Post code"),
            Fields.Text("notes", 2000, "Notes on the client"),
        ])
    {
        Name = "Client",
        Example = """{"clientRef":"29","name":"Demo Housing","postCode":"EX49HL"}""",
        AlsoReturned = [.. RecordHistory.NamesWithArchive, .. Parts],
    };

    /// <summary>A client that is created: the contacts and locations of one that was read elsewhere are no part of it, and their sender is told so.</summary>
    public static readonly RecordShape New = Client with { AlsoReturned = RecordHistory.NamesWithArchive };

    /// <summary>What lists of clients can be filtered by, ordered by and narrowed to.</summary>
    public static readonly ListShape List = ListShape.Of(Client, ["name", "postCode"]).WithArchive().WithChanges();

    /// <summary>The same of one client that is read, with its contacts and locations.</summary>
    public static readonly ListShape Whole = List.WithSelectOnly(Parts);

    // What is read with a client; its own fields do not hold them.
    private static string[] Parts => ["contacts", "contactsTotal", "locations", "locationsTotal"];
}
