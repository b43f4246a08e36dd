using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Rules;

/// <summary>What an administrator demands of a field beyond the catalogue (source: Neoserra, Field Requirements): it tightens, and never loosens.</summary>
internal static class RequirementFields
{
    private const int MaxAllowed = 100;

    /// <summary>What a read selects from <see cref="Source"/>: the shape's fields, then the history. A field that nobody changed has version 0.</summary>
    public const string Columns =
        """
        known.field, coalesce(mandatory, false) as mandatory, coalesce(non_empty, false) as non_empty, max_length, pattern, coalesce(allowed, '{}') as allowed, default_value, label, description, coalesce(hidden, false) as hidden,
        coalesce(r.version, 0) as version, coalesce(r.created_at, s.created_at) as created_at, coalesce(r.created_by, '') as created_by, coalesce(r.updated_at, s.created_at) as updated_at, coalesce(r.updated_by, '') as updated_by
        """;

    /// <summary>A row for each field of <c>@Fields</c>.</summary>
    public const string Source = "unnest(@Fields::text[]) as known (field) cross join database_setting s left join field_requirement r on r.field = known.field";

    public static readonly Field FieldName = Fields.Key("field", "The field, such as contact.notes, client.name or location.postCode") with { MaxLength = 100 };
    public static readonly Field Mandatory = Flag("mandatory", "Whether the field must be there and not null");
    public static readonly Field NonEmpty = Flag("nonEmpty", "Whether a text must not be blank");
    public static readonly Field MaxLength = new("maxLength", FieldKind.Integer) { Minimum = 1, Description = "Most characters (code points) of a text; fewer than the catalogue allows" };
    public static readonly Field Pattern = Fields.Text("pattern", FieldRules.MaxPattern, "A regular expression that a text must match somewhere; ^ and $ stand for its ends. Look-arounds and back-references are not supported");
    public static readonly Field Allowed = new("allowed", FieldKind.TextList) { MaxItems = MaxAllowed, MaxLength = 200, Default = TextList.Empty, Description = "The only values that are accepted, also of a number; empty: any" };
    public static readonly Field Default = Fields.Text("default", 4000, "What a new record has where the field is absent, as text") with { Column = "default_value" };
    public static readonly Field Hidden = Flag("hidden", "Whether the schema and the OpenAPI document of the database leave the field out");

    public static readonly RecordShape Requirement = new(
        [
            FieldName, Mandatory, NonEmpty, MaxLength, Pattern, Allowed, Default,
            Fields.Text("label", 100, "What people call the field"),
            Fields.Text("description", 1000, "What the documents say of the field in place of the catalogue's words"),
            Hidden,
        ])
    {
        Name = "FieldRequirement",
        Example = """{"field":"contact.notes","mandatory":true,"nonEmpty":true,"maxLength":500,"label":"Remarks"}""",
        AlsoReturned = RecordHistory.Names,
    };

    public static readonly ListShape List = ListShape.Of(Requirement, ["field"]);

    private static Field Flag(string name, string description) => new(name, FieldKind.Boolean) { Default = false, Description = description };
}
