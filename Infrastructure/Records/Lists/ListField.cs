using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Lists;

/// <summary>How the values of a field compare. Texts ignore case; both texts and refs compare by code point.</summary>
internal enum ListKind
{
    Text,
    Ref,
    Integer,
    Decimal,
    Boolean,
    Timestamp,

    /// <summary>Of any kind, for <c>$select</c> only: no condition and no order takes it.</summary>
    SelectOnly,
}

/// <summary>One property of a list's items: its name on the wire and the column it is read from.</summary>
internal sealed record ListField(string Name, ListKind Kind)
{
    public string Column { get; init; } = Field.SnakeCase(Name);

    /// <summary>The table's column that <see cref="Column"/> is read from, where that is more than a name.</summary>
    public string Source
    {
        get => field ?? Column;
        init;
    }

    /// <summary>Its index holds no empty texts, so that a condition must say that it looks for none.</summary>
    public bool IsIndexedWhereFilled { get; init; }

    /// <summary>Of a child: a condition on it holds if it holds for any child, which this finds with <c>{condition}</c>. Null: the field is the item's own.</summary>
    public string? Within { get; init; }

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
        byName = fields.ToDictionary(field => field.Name, StringComparer.OrdinalIgnoreCase);
        Keys = [.. keys.Select(name => byName[name])];
        Searched = [.. searched.Select(name => byName[name])];
    }

    /// <summary>The list of a kind of record: its fields, its children and its history; items are identified by its keys.</summary>
    /// <param name="searched">Names of the fields <c>search</c> looks into.</param>
    /// <param name="indexedWhereFilled">Names of those whose index holds no empty texts.</param>
    public static ListShape Of(RecordShape record, string[] searched, params string[] indexedWhereFilled) => new(
        [
            .. record.Fields.Where(field => !field.Secret).Select(field => new ListField(field.Name, KindOf(field)) { Column = field.Column, IsIndexedWhereFilled = indexedWhereFilled.Contains(field.Name) }),
            .. record.Groups.Select(group => new ListField(group, ListKind.SelectOnly)),
            .. record.ChildrenName is { } children ? [new ListField(children, ListKind.SelectOnly)] : Array.Empty<ListField>(),
            .. History.Where(field => record.History.Contains(field.Name)),
        ],
        [.. record.Fields.Where(field => field.Key).Select(field => field.Name)],
        searched)
    { Record = record };

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

    /// <summary>The kind of record that the items are; null where they are made of several.</summary>
    private RecordShape? Record { get; init; }

    /// <summary>The SQL condition that is true of a live item and null of an archived one; null where items cannot be archived.</summary>
    public string? Live { get; private init; }

    /// <summary>Fields of the items' children, for conditions only.</summary>
    public IReadOnlyList<ListField> OfChildren { get; private init; } = [];

    public IReadOnlyList<ListField> Keys { get; }

    public IReadOnlyList<ListField> Searched { get; }

    /// <summary>Whether the list can be asked for what was changed since.</summary>
    public bool IsFollowed { get; private init; }

    /// <summary>Other names that callers may order by, with the fields' own.</summary>
    private IReadOnlyDictionary<string, string> Synonyms { get; init; } = new Dictionary<string, string>();

    /// <summary>The same with one more field, before the others.</summary>
    public ListShape With(ListField first) => Copy([first, .. Fields], OfChildren, Live);

    /// <summary>The same with fields of the items' children, such as <c>locations.locationRef</c>.</summary>
    public ListShape WithChildren(params ListField[] fields) => Copy(Fields, fields, Live);

    /// <summary>The same of items that can be archived: those are left out unless <c>archived</c> asks for them.</summary>
    /// <param name="live">The SQL condition that is true of a live item and null of an archived one.</param>
    public ListShape WithArchive(string live = "live") => Copy([.. Fields, new(RecordHistory.ArchivedAtName, ListKind.Timestamp)], OfChildren, live);

    /// <summary>The same of records whose changes can be followed.</summary>
    public ListShape WithChanges() => Copy(Fields, OfChildren, Live, isFollowed: true);

    /// <summary>The same as a database has it: with the fields that its administrators added.</summary>
    public ListShape In(FieldRules rules)
    {
        if (Record is null || rules.Of(Record) is not { HasCustom: true } shape)
        {
            return this;
        }

        var after = Fields.TakeWhile(field => field.Name != Record.Fields[^1].Name).Count() + 1;
        return Copy([.. Fields.Take(after), .. shape.Fields.Skip(shape.FirstCustom).Select(OfCustom), .. Fields.Skip(after)], OfChildren, Live, isFollowed: IsFollowed);
    }

    /// <summary>The same with more properties that can be selected.</summary>
    public ListShape WithSelectOnly(IEnumerable<string> names) => Copy([.. Fields, .. names.Select(name => new ListField(name, ListKind.SelectOnly))], OfChildren, Live);

    /// <summary>The same, ordered by other names as well.</summary>
    public ListShape WithOrderSynonyms(params (string Synonym, string Name)[] synonyms) =>
        Copy(Fields, OfChildren, Live, synonyms.ToDictionary(pair => pair.Synonym, pair => pair.Name, StringComparer.OrdinalIgnoreCase));

    private ListShape Copy(IReadOnlyList<ListField> fields, IReadOnlyList<ListField> ofChildren, string? live, IReadOnlyDictionary<string, string>? synonyms = null, bool isFollowed = false) =>
        new(fields, [.. Keys.Select(key => key.Name)], [.. Searched.Select(field => field.Name)]) { OfChildren = ofChildren, Live = live, Synonyms = synonyms ?? Synonyms, IsFollowed = isFollowed, Record = Record };

    private static ListField OfCustom(Field field) => new(field.Name, field.Kind == FieldKind.Date ? ListKind.Timestamp : KindOf(field))
    {
        Source = CustomField.Column,
        Column = field.Kind switch
        {
            FieldKind.Integer => $"({field.Column}::bigint)",
            FieldKind.Decimal => $"({field.Column}::numeric)",
            FieldKind.Boolean => $"({field.Column}::boolean)",
            FieldKind.Date => $"({field.Column}::date::timestamp at time zone 'UTC')",
            _ => field.Column,
        },
    };

    private static ListKind KindOf(Field field) =>
        field.Kind == FieldKind.TextList ? ListKind.SelectOnly
        : field.Kind == FieldKind.Timestamp ? ListKind.Timestamp
        : field.Kind is FieldKind.Integer or FieldKind.Long ? ListKind.Integer
        : field.Kind == FieldKind.Decimal ? ListKind.Decimal
        : field.Kind == FieldKind.Boolean ? ListKind.Boolean
        : field.IsRef ? ListKind.Ref
        : ListKind.Text;

    /// <summary>The property of an item that a caller selects by that name: a member of an object comes with its object; null where there is none.</summary>
    public ListField? FindSelected(string name) => name.Contains('.', StringComparison.Ordinal) ? null : Find(name);

    /// <summary>The field of that name, in upper or lower case; null where there is none.</summary>
    public ListField? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The field that a caller who names this may order by; null where there is none.</summary>
    public ListField? FindOrdered(string name) => Find(Synonyms.GetValueOrDefault(name, name));

    /// <summary>The field of that name that a condition may have; <c>locations/locationRef</c> is <c>locations.locationRef</c>.</summary>
    public ListField? FindFiltered(string name) =>
        Find(name.Replace('/', '.')) ?? OfChildren.FirstOrDefault(field => field.Name.Equals(name.Replace('/', '.'), StringComparison.OrdinalIgnoreCase));
}
