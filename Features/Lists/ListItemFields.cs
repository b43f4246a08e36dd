using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Lists;

/// <summary>The fields of an item of a list (contact types, usage types, salutations, tasks …; source: SuperOffice MDO lists).</summary>
internal static partial class ListItemFields
{
    /// <summary>What a read of administration selects: the shape's fields.</summary>
    public const string Columns = "id, name, rank, active";

    /// <summary>One writer of a list at a time: lists are short, and change rarely.</summary>
    public const string Lock = "select pg_advisory_xact_lock(hashtextextended('list ' || @List, 0))";

    /// <summary>Lists that are there before their first item: the ones that records refer to, and SuperOffice's.</summary>
    public static readonly IReadOnlyList<string> KnownLists = ["contacttype", "usagetype", "salutation", "task"];

    public static readonly Field Id = new("id", FieldKind.Integer) { Minimum = 1, Description = "The item's id, which contacts and locations refer to; it must match the URL and may be omitted" };
    public static readonly Field Name = Fields.Text("name", 200, "The text that people see", mandatory: true) with { NotBlank = true };
    public static readonly Field Rank = new("rank", FieldKind.Integer) { Minimum = 0, Default = 0, Description = "Its position in the list; items of equal rank are ordered by id" };
    public static readonly Field Active = new("active", FieldKind.Boolean) { Default = true, Description = "Whether it is offered and accepted for new values; records that use it keep it" };

    public static readonly RecordShape Item = new([Id, Name, Rank, Active]) { Name = "ListItem", Example = """{"name":"Telephone","rank":1}""" };

    /// <summary>Whether a text can name a list.</summary>
    public static bool IsListName(string name) => ListName().IsMatch(name);

    [GeneratedRegex("^[a-z][a-z0-9_]{0,49}$")]
    private static partial Regex ListName();
}

/// <summary>An item of a list as administration reads it.</summary>
internal sealed record ManagedListItem(int Id, string Name, int Rank, bool Active);
