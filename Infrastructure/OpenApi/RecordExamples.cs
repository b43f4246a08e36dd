using System.Text.Json;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Records.Fields;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>Examples of records, from the one their shape has; every value in its plain type.</summary>
internal static class RecordExamples
{
    private const string Time = "2026-01-31T09:30:00Z";

    /// <summary>As it is sent; without its keys where the URL has them.</summary>
    public static JsonObject Sent(RecordShape shape, bool hasKeys)
    {
        var sent = Typed(shape, JsonNode.Parse(shape.Example)!.AsObject(), field => !field.ReadOnly, withAbsent: false);
        foreach (var key in hasKeys ? [] : shape.Fields.Where(field => field.Key))
        {
            sent.Remove(key.Name);
        }

        return GroupedFields.Nest(sent, shape);
    }

    /// <summary>As it is answered: every field, and its history.</summary>
    public static JsonObject Stored(RecordShape shape)
    {
        var stored = Typed(shape, JsonNode.Parse(shape.Example)!.AsObject(), field => !field.Secret, withAbsent: true);
        foreach (var name in shape.History)
        {
            stored[name] = name == "version" ? 1 : name.EndsWith("At", StringComparison.Ordinal) ? Time : "OWN";
        }

        return GroupedFields.Nest(stored, shape);
    }

    /// <summary>A field's value in its plain type, from the text of it.</summary>
    public static JsonNode? Typed(RecordShape shape, string field, JsonNode value) => Typed(shape.Fields.Single(known => known.Name == field), value);

    public static JsonNode? ToJson(object? value)
    {
        using var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json))
        {
            FieldValue.Write(writer, value);
        }

        return JsonNode.Parse(json.ToArray());
    }

    /// <summary>An instance of the schema with what is required of it: the schema's own example, or one put together from its parts.</summary>
    public static JsonNode? Of(IOpenApiSchema schema)
    {
        if ((schema.Examples?.FirstOrDefault() ?? schema.Enum?.FirstOrDefault() ?? schema.Default) is { } given)
        {
            return given.DeepClone();
        }

        var type = schema.Type & ~JsonSchemaType.Null;
        return type switch
        {
            JsonSchemaType.Array => new JsonArray(schema.Items is { } item ? Of(item) : null),
            JsonSchemaType.Integer or JsonSchemaType.Number => int.TryParse(schema.Minimum, out var least) ? Math.Max(least, 1) : 1,
            JsonSchemaType.Boolean => true,
            JsonSchemaType.String => schema.Format switch { "date-time" => Time, "uuid" => "01981f6e-7a3c-7000-8000-000000000001", _ => "text" },
            _ => new JsonObject((schema.Required ?? new HashSet<string>()).Select(name => KeyValuePair.Create(name, schema.Properties!.TryGetValue(name, out var property) ? Of(property) : null))),
        };
    }

    private static JsonObject Typed(RecordShape shape, JsonObject example, Func<Field, bool> isIncluded, bool withAbsent)
    {
        var typed = new JsonObject();
        foreach (var field in shape.Fields.Where(isIncluded))
        {
            if (example.TryGetPropertyValue(field.Name, out var value))
            {
                typed[field.Name] = value is JsonArray ? value.DeepClone() : Typed(field, value);
            }
            else if (withAbsent)
            {
                typed[field.Name] = ToJson(field.Default);
            }
        }

        if (shape.ChildrenName is { } children && example[children] is JsonArray items)
        {
            typed[children] = new JsonArray([.. items.Select(item => Typed(shape.Child!, item!.AsObject(), isIncluded, withAbsent))]);
        }

        return typed;
    }

    private static JsonNode? Typed(Field field, JsonNode? value)
    {
        var reader = new Utf8JsonReader(JsonSerializer.SerializeToUtf8Bytes(value));
        reader.Read();
        return ToJson(LenientValue.Read(ref reader, field, field.Name));
    }
}
