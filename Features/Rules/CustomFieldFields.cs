using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Rules;

/// <summary>What an administrator says of a field that is added to contacts, clients or locations (source: Neoserra, custom fields).</summary>
internal static class CustomFieldFields
{
    /// <summary>What a read selects: the shape's fields, then the history.</summary>
    public const string Columns = "name, type, max_length, list, mandatory, default_value, label, description, retired, version, created_at, created_by, updated_at, updated_by";

    public static readonly Field FieldName = Fields.Key("name", "The field, such as contact.colour, client.vatNumber or location.heating") with { MaxLength = 100 };
    public static readonly Field Type = Fields.Text("type", 20, "What its values are; cannot be changed", mandatory: true) with { Allowed = [.. CustomField.Kinds.Keys], CreateOnly = true };
    public static readonly Field MaxLength = new("maxLength", FieldKind.Integer) { Minimum = 1, Maximum = CustomField.MostCharacters, Description = $"Most characters (code points) of a text; null: {CustomField.MostCharacters}" };
    public static readonly Field List = Fields.Text("list", 50, "Of the type list: the list whose ids are accepted") with { CreateOnly = true };
    public static readonly Field Mandatory = Flag("mandatory", "Whether the field must be there and not null");
    public static readonly Field Default = Fields.Text("defaultValue", CustomField.MostCharacters, "What a new record has where the field is absent, as text");
    public static readonly Field Retired = Flag("retired", "Whether the field is out of use: it is neither taken nor shown, and its values are kept");

    public static readonly RecordShape Definition = new(
        [
            FieldName, Type, MaxLength, List,
            Mandatory,
            Default,
            Fields.Text("label", 100, "What people call the field"),
            Fields.Text("description", 1000, "What the documents say of the field"),
            Retired,
        ])
    {
        Name = "CustomField",
        Example = """{"name":"contact.colour","type":"text","maxLength":20,"label":"Colour"}""",
        AlsoReturned = RecordHistory.Names,
    };

    public static readonly ListShape Listed = ListShape.Of(Definition, ["name", "label"]);

    private static Field Flag(string name, string description) => new(name, FieldKind.Boolean) { Default = false, Description = description };
}
