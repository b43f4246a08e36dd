using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>What a field's value is: text (string), whole number (int, or long for the number of a record), decimal number (decimal), true or false (bool), calendar day (DateOnly), moment (DateTime, UTC), texts (<see cref="TextList"/>).</summary>
internal enum FieldKind
{
    Text,
    Integer,
    Long,
    Decimal,
    Boolean,
    Date,
    Timestamp,
    TextList,
}

/// <summary>One field of a record: its name on the wire, its kind, and the rules its value keeps. A name such as <c>Task.Name</c> is that of a member of the object <c>Task</c>, whose fields follow one another.</summary>
internal sealed record Field(string Name, FieldKind Kind)
{
    /// <summary>A ref of this record or of another: lists compare it as it is written, upper and lower case apart.</summary>
    public bool IsRef { get; init; }

    /// <summary>Must be there and not null.</summary>
    public bool Mandatory { get; init; }

    /// <summary>Identifies the record: trimmed, never blank, never changed.</summary>
    public bool Key { get; init; }

    /// <summary>Returned, ignored on input; another record sets it.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Decided when the record is made, never changed.</summary>
    public bool CreateOnly { get; init; }

    /// <summary>Write-only: changes are reported without values.</summary>
    public bool Secret { get; init; }

    /// <summary>Not blank; a key never is.</summary>
    public bool NotBlank { get; init; }

    /// <summary>What a new record has where nothing was given. A field that has a default is never null.</summary>
    public object? Default { get; init; }

    /// <summary>What a new record has where the field is absent, by a rule of its database; null may still be given, unless the field is mandatory.</summary>
    public object? DefaultIfAbsent { get; init; }

    /// <summary>What a text must match, by a rule of its database. It cannot backtrack.</summary>
    public Regex? Pattern { get; init; }

    /// <summary>Added by an administrator of the database: its value is kept in the column <c>custom</c> of the record's table, by its name.</summary>
    public bool IsCustom { get; init; }

    /// <summary>What people call the field, by a rule of its database.</summary>
    public string? Label { get; init; }

    /// <summary>Left out of the database's documents, by a rule of it; it works as ever.</summary>
    public bool IsHidden { get; init; }

    /// <summary>The only values of a text or a number, or of the items of a list of texts; empty for any.</summary>
    public IReadOnlyList<string> Allowed { get; init; } = [];

    /// <summary>The one way to write an item of a list of texts; null for what is no item, which <see cref="ItemRule"/> then says.</summary>
    public Func<string, string?> Item { get; init; } = item => item;

    public string ItemRule { get; init; } = "";

    /// <summary>Most items of a list of texts.</summary>
    public int MaxItems { get; init; }

    /// <summary>Most Unicode code points of a text, or of an item.</summary>
    public int MaxLength { get; init; }

    /// <summary>Smallest and largest number.</summary>
    public int Minimum { get; init; } = int.MinValue;

    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>The database's list whose ids the number is one of.</summary>
    public string? List { get; init; }

    /// <summary>A second name a document gives the field.</summary>
    public string? Alias { get; init; }

    public required string Description { get; init; }

    /// <summary>Column of the record's table: the name in snake case, unless another is given.</summary>
    public string Column { get; init; } = SnakeCase(Name);

    /// <summary>The object that the field is a member of; null where it stands in the record itself.</summary>
    public string? Group { get; } = Name.Contains('.', StringComparison.Ordinal) ? Name[..Name.IndexOf('.', StringComparison.Ordinal)] : null;

    /// <summary>The field's name in its object.</summary>
    public string MemberName { get; } = Name[(Name.IndexOf('.', StringComparison.Ordinal) + 1)..];

    internal JsonEncodedText JsonName { get; } = JsonEncodedText.Encode(Name[(Name.IndexOf('.', StringComparison.Ordinal) + 1)..]);

    internal byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    internal static string SnakeCase(string name) =>
        string.Concat(name.Select((letter, i) => char.IsAsciiLetterUpper(letter) ? $"{(i > 0 ? "_" : "")}{char.ToLowerInvariant(letter)}" : letter.ToString()));
}

/// <summary>How a field's value is written.</summary>
internal static class FieldValue
{
    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The fields of a record, each with its value in the shape's order: native JSON types, ISO dates, explicit nulls.</summary>
    public static void WriteAll(Utf8JsonWriter writer, RecordShape shape, object?[] values)
    {
        string? group = null;
        for (var i = 0; i < values.Length; i++)
        {
            var field = shape.Fields[i];
            if (field.Secret)
            {
                continue;
            }

            if (field.Group is { } next && next != group)
            {
                var end = i + shape.Fields.Skip(i).TakeWhile(other => other.Group == next).Count();
                writer.WritePropertyName(next);
                if (values.AsSpan(i..end).IndexOfAnyExcept((object?)null) < 0)
                {
                    writer.WriteNullValue();
                    i = end - 1;
                    continue;
                }

                writer.WriteStartObject();
            }

            group = field.Group;
            writer.WritePropertyName(field.JsonName);
            Write(writer, values[i]);
            if (group is not null && (i + 1 == values.Length || shape.Fields[i + 1].Group != group))
            {
                writer.WriteEndObject();
                group = null;
            }
        }
    }

    public static void Write(Utf8JsonWriter writer, object? value)
    {
        switch (value)
        {
            case string text:
                writer.WriteStringValue(text);
                break;
            case int number:
                writer.WriteNumberValue(number);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case decimal number:
                writer.WriteNumberValue(number);
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case DateOnly date:
                writer.WriteStringValue(Iso(date));
                break;
            case DateTime time:
                writer.WriteStringValue(time);
                break;
            case TextList texts:
                writer.WriteStartArray();
                foreach (var text in texts.Items)
                {
                    writer.WriteStringValue(text);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}

/// <summary>The fields of a kind of record, in the order of problems and of responses, and the array of children it may hold.</summary>
internal sealed record RecordShape(IReadOnlyList<Field> Fields, string? ChildrenName = null, RecordShape? Child = null, int MaxChildren = 0)
{
    /// <summary>What the OpenAPI document calls such a record.</summary>
    public required string Name { get; init; }

    /// <summary>One such record, as JSON, for the OpenAPI document.</summary>
    public string Example { get; init; } = "{}";

    /// <summary>Whether a database's rules have tightened it.</summary>
    public bool IsTightened { get; init; }

    /// <summary>Where the fields begin that administrators added, after the catalogue's; their number, where there is none.</summary>
    public int FirstCustom { get; } = Fields.TakeWhile(field => !field.IsCustom).Count();

    public bool HasCustom => FirstCustom < Fields.Count;

    /// <summary>Tells entity tags of reads apart that show other custom fields; empty where there are none.</summary>
    public string CustomMark { get; } = string.Join(' ', Fields.Where(field => field.IsCustom).Select(field => field.Name));

    /// <summary>What reads return beside the fields and the children: taken back with the record that was read, at its root, and ignored.</summary>
    public IReadOnlyList<string> AlsoReturned { get; init; } = [];

    /// <summary>The objects that fields are members of, in order.</summary>
    public IReadOnlyList<string> Groups { get; } = [.. Fields.Select(field => field.Group).OfType<string>().Distinct()];

    /// <summary>The members of the history that the record ends with: all but those it has a group of that name for.</summary>
    public IReadOnlyList<string> History { get; } = [.. RecordHistory.Names.Where(name => !Fields.Any(field => name.Equals(field.Group, StringComparison.OrdinalIgnoreCase)))];

    private readonly Dictionary<string, int> indexes = Fields.Select((field, index) => (field.Name, index)).ToDictionary(field => field.Name, field => field.index, StringComparer.Ordinal);

    public int IndexOf(Field field) => indexes[field.Name];

    /// <summary>The same kind of record with other fields, as a database's rules have it.</summary>
    public RecordShape Tighten(IReadOnlyList<Field> fields, RecordShape? child) =>
        new(fields, ChildrenName, child, MaxChildren) { Name = Name, Example = Example, IsTightened = true, AlsoReturned = AlsoReturned };
}
