using System.Text.RegularExpressions;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Lists;

/// <summary>The fields of an item of a list (contact types, usage types, salutations, tasks …; source: SuperOffice MDO lists).</summary>
internal static partial class ListItemFields
{
    /// <summary>What a read of administration selects: the shape's fields.</summary>
    public const string Columns = "id, name, rank, active";

    public static readonly Field Id = new("id", FieldKind.Integer) { Minimum = 1, Description = "The item's number, which contacts and locations name; the address's, and may be left out" };
    public static readonly Field Name = ContactFields.Text("name", 200, "What people read", mandatory: true) with { NotBlank = true };
    public static readonly Field Rank = new("rank", FieldKind.Integer) { Minimum = 0, Default = 0, Description = "Where it stands in the list; items of one rank by their id" };
    public static readonly Field Active = new("active", FieldKind.Boolean) { Default = true, Description = "Whether it is offered, and taken for new values; what has it keeps it" };

    public static readonly RecordShape Item = new([Id, Name, Rank, Active]);

    /// <summary>Whether a text can name a list.</summary>
    public static bool IsListName(string name) => ListName().IsMatch(name);

    [GeneratedRegex("^[a-z][a-z0-9_]{0,49}$")]
    private static partial Regex ListName();
}

/// <summary>An item of a list as administration reads it.</summary>
internal sealed record ManagedListItem(int Id, string Name, int Rank, bool Active);
