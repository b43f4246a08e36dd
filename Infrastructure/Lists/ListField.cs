using CrmImport.Infrastructure.Fields;

namespace CrmImport.Infrastructure.Lists;

/// <summary>How the values of a field compare. Texts ignore case; both texts and refs compare by code point.</summary>
internal enum ListKind
{
    Text,
    Ref,
    Integer,
    Boolean,
    Timestamp,

    /// <summary>Can be selected only.</summary>
    Array,
}

/// <summary>One property of a list's items: its name on the wire and the column it is read from.</summary>
internal sealed record ListField(string Name, ListKind Kind)
{
    public string Column { get; init; } = Field.SnakeCase(Name);

    /// <summary>Its index holds no empty texts, so that a condition must say that it looks for none.</summary>
    public bool IsIndexedWhereFilled { get; init; }

    /// <summary>What conditions and orders compare.</summary>
    public string Compared => Kind == ListKind.Text ? $"lower({Column})" : Column;

    public bool IsText => Kind is ListKind.Text or ListKind.Ref;
}

/// <summary>What a list can be filtered by, ordered by and narrowed to. Every column a list's statement names comes from here.</summary>
internal sealed class ListShape
{
    private readonly Dictionary<string, ListField> byName;

    /// <param name="fields">In the order the items have them.</param>
    /// <param name="keys">Names of the fields that identify an item: they break the ties of every order.</param>
    /// <param name="searched">Names of the fields <c>search</c> looks into.</param>
    public ListShape(IReadOnlyList<ListField> fields, string[] keys, string[] searched)
    {
        Fields = fields;
        byName = fields.ToDictionary(field => field.Name, StringComparer.Ordinal);
        Keys = [.. keys.Select(name => byName[name])];
        Searched = [.. searched.Select(name => byName[name])];
    }

    /// <summary>The fields every record ends with.</summary>
    public static IReadOnlyList<ListField> History { get; } =
    [
        new("version", ListKind.Integer),
        new("createdAt", ListKind.Timestamp),
        new("createdBy", ListKind.Text),
        new("updatedAt", ListKind.Timestamp),
        new("updatedBy", ListKind.Text),
    ];

    public IReadOnlyList<ListField> Fields { get; }

    public IReadOnlyList<ListField> Keys { get; }

    public IReadOnlyList<ListField> Searched { get; }

    /// <summary>The same with one more field, before the others.</summary>
    public ListShape With(ListField first) => new([first, .. Fields], [.. Keys.Select(key => key.Name)], [.. Searched.Select(field => field.Name)]);

    /// <summary>The field of exactly that name; null where there is none.</summary>
    public ListField? Find(string name) => byName.GetValueOrDefault(name);
}
