using System.Text.Json;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>A field that an administrator added to a kind of record, as it is stored: <c>contact.colour</c>, its type, and what it demands.</summary>
internal sealed record CustomField(string Name, string Type, int? MaxLength, string? List, bool Mandatory, string? DefaultValue, string? Label, string? Description)
{
    /// <summary>Most characters of a text that has no length of its own.</summary>
    public const int MostCharacters = 4000;

    /// <summary>The column that the values of a record's custom fields are kept in, as JSON.</summary>
    public const string Column = "custom";

    /// <summary>The types there are, and what their values are.</summary>
    public static readonly IReadOnlyDictionary<string, FieldKind> Kinds = new Dictionary<string, FieldKind>(StringComparer.Ordinal)
    {
        ["text"] = FieldKind.Text,
        ["integer"] = FieldKind.Integer,
        ["decimal"] = FieldKind.Decimal,
        ["boolean"] = FieldKind.Boolean,
        ["date"] = FieldKind.Date,
        ["list"] = FieldKind.Integer,
    };

    /// <summary>The kind of record the field belongs to, such as <c>contact</c>.</summary>
    public string Record => Name[..Name.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>The field as records have it.</summary>
    public Field ToField()
    {
        var name = Name[(Record.Length + 1)..];
        var field = new Field(name, Kinds[Type])
        {
            IsCustom = true,
            Column = $"({Column} ->> '{name}')", // a name has letters and digits only
            Mandatory = Mandatory,
            MaxLength = Type == "text" ? MaxLength ?? MostCharacters : 0,
            List = List,
            Label = Label,
            Description = Description ?? Label ?? $"A custom field: {name}",
        };
        return DefaultValue is not null && LenientValue.Read(DefaultValue, field, name) is { } value and not Answers.Problem ? field with { DefaultIfAbsent = value } : field;
    }
}

/// <summary>The values of a record's custom fields, as they are stored: one JSON object, by the fields' names. Fields that are retired stay in it, unseen.</summary>
internal static class CustomValues
{
    private static readonly JsonElement None = JsonElement.Parse("null");

    /// <summary>Reads them into their places after the catalogue's values.</summary>
    /// <param name="stored">The JSON; null where there are none.</param>
    public static void Read(string? stored, RecordShape shape, object?[] values)
    {
        if (stored is null || !shape.HasCustom)
        {
            return;
        }

        using var json = JsonDocument.Parse(stored);
        for (var i = shape.FirstCustom; i < shape.Fields.Count; i++)
        {
            values[i] = json.RootElement.TryGetProperty(shape.Fields[i].Utf8Name, out var value) ? ValueOf(value, shape.Fields[i]) : null;
        }
    }

    /// <summary>The catalogue's values, and after them those of the shape's custom fields.</summary>
    public static object?[] Append(object?[] values, string? stored, RecordShape shape)
    {
        var all = new object?[shape.Fields.Count];
        values.CopyTo(all, 0);
        Read(stored, shape, all);
        return all;
    }

    /// <summary>As members of a record that is answered, null where there is no value; null where the shape has no custom fields.</summary>
    public static Dictionary<string, JsonElement>? ToMembers(string? stored, RecordShape shape)
    {
        if (!shape.HasCustom)
        {
            return null;
        }

        using var json = JsonDocument.Parse(stored ?? "{}");
        return shape.Fields.Skip(shape.FirstCustom).ToDictionary(field => field.Name, field => json.RootElement.TryGetProperty(field.Utf8Name, out var value) ? value.Clone() : None);
    }

    /// <summary>All of the shape's, null where a value is to be taken away.</summary>
    public static string ToJson(RecordShape shape, object?[] values)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            for (var i = shape.FirstCustom; i < shape.Fields.Count; i++)
            {
                json.WritePropertyName(shape.Fields[i].JsonName);
                FieldValue.Write(json, values[i]);
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length));
    }

    /// <summary>A value from JSON as the service writes it.</summary>
    public static object? ValueOf(JsonElement value, Field field) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.True or JsonValueKind.False => value.GetBoolean(),
        JsonValueKind.Number when field.Kind == FieldKind.Decimal => value.GetDecimal(),
        JsonValueKind.Number => value.GetInt32(),
        _ when field.Kind == FieldKind.Date => DateOnly.ParseExact(value.GetString()!, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture),
        _ => value.GetString(),
    };
}
