using System.Globalization;
using System.Text;
using System.Text.Json;

namespace CrmImport.Infrastructure.Fields;

/// <summary>What a field's value is: text (string), whole number (int), true or false (bool), calendar day (DateOnly).</summary>
internal enum FieldKind
{
    Text,
    Integer,
    Boolean,
    Date,
}

/// <summary>One field of a record: its name on the wire, its kind, and the rules its value keeps.</summary>
internal sealed record Field(string Name, FieldKind Kind)
{
    /// <summary>Must be there and not null.</summary>
    public bool Mandatory { get; init; }

    /// <summary>Identifies the record: trimmed, never blank, never changed.</summary>
    public bool Key { get; init; }

    /// <summary>Told but never taken: another record's doing.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>Most Unicode code points of a text.</summary>
    public int MaxLength { get; init; }

    /// <summary>Smallest and largest number.</summary>
    public int Minimum { get; init; } = int.MinValue;

    public int Maximum { get; init; } = int.MaxValue;

    /// <summary>The database's list whose ids the number is one of.</summary>
    public string? List { get; init; }

    /// <summary>A second name a document gives the field.</summary>
    public string? Alias { get; init; }

    public required string Description { get; init; }

    /// <summary>Column of the record's table: the name in snake case.</summary>
    public string Column { get; } = SnakeCase(Name);

    internal JsonEncodedText JsonName { get; } = JsonEncodedText.Encode(Name);

    internal byte[] Utf8Name { get; } = Encoding.UTF8.GetBytes(Name);

    internal static string SnakeCase(string name) =>
        string.Concat(name.Select(letter => char.IsAsciiLetterUpper(letter) ? $"_{char.ToLowerInvariant(letter)}" : letter.ToString()));
}

/// <summary>How a field's value is written.</summary>
internal static class FieldValue
{
    public static string Iso(DateOnly date) => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>The fields of a record, each with its value in the shape's order: native JSON types, ISO dates, explicit nulls.</summary>
    public static void WriteAll(Utf8JsonWriter writer, RecordShape shape, object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            writer.WritePropertyName(shape.Fields[i].JsonName);
            Write(writer, values[i]);
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
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case DateOnly date:
                writer.WriteStringValue(Iso(date));
                break;
            default:
                writer.WriteNullValue();
                break;
        }
    }
}

/// <summary>The fields of a kind of record, in the order problems are told and answers written, and the array of children it may hold.</summary>
internal sealed record RecordShape(IReadOnlyList<Field> Fields, string? ChildrenName = null, RecordShape? Child = null, int MaxChildren = 0)
{
    private readonly Dictionary<string, int> indexes = Fields.Select((field, index) => (field.Name, index)).ToDictionary(field => field.Name, field => field.index, StringComparer.Ordinal);

    public int IndexOf(Field field) => indexes[field.Name];
}
