using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Contacts;

/// <summary>What contacts can be filtered by, ordered by and narrowed to: the catalogue's fields, the associations and the history.</summary>
internal static class ContactList
{
    public static readonly ListShape Shape = ListShape.Of(ContactFields.Contact, ["surname", "postCode", .. Ways], Ways);

    private static string[] Ways => ["contact1", "contact2", "contact3", "contact4"];
}
