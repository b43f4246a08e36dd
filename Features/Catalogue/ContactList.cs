using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Lists;

namespace CrmImport.Features.Catalogue;

/// <summary>What contacts can be filtered by, ordered by and narrowed to: the catalogue's fields, the associations and the history.</summary>
internal static class ContactList
{
    public static readonly ListShape Shape = new(
        [.. ContactFields.Contact.Fields.Select(Of), new ListField(ContactFields.Locations, ListKind.Array), .. ListShape.History],
        keys: [ContactFields.ClientRef.Name, ContactFields.ContactRef.Name],
        searched: ["surname", "postCode", .. Ways]);

    private static string[] Ways => ["contact1", "contact2", "contact3", "contact4"];

    private static ListField Of(Field field) =>
        new(field.Name, field.Key ? ListKind.Ref : field.Kind == FieldKind.Integer ? ListKind.Integer : ListKind.Text) { Column = field.Column, IsIndexedWhereFilled = Ways.Contains(field.Name) };
}
