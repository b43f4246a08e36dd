using System.Text.Json;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Fields;

/// <summary>Reads a JSON object into a <see cref="RecordInput"/> by its shape, leniently and to the end: what cannot be read becomes a problem of that field.</summary>
internal static class RecordReader
{
    /// <summary>Reads the object the reader stands on; throws <see cref="JsonException"/> where the JSON itself is broken.</summary>
    public static RecordInput Read(ref Utf8JsonReader reader, RecordShape shape, string path = "")
    {
        var record = new RecordInput(shape, path);
        HashSet<string>? unknown = null;
        var childrenGiven = false;
        var expected = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (reader.ValueIsEscaped && LenientValue.TryGetText(ref reader) is null)
            {
                record.Problems.Add(Problem.Severe(ApiErrors.InvalidCharacters, path, "The name of a property has a NUL or a lone surrogate"));
                reader.Read();
                reader.Skip();
                continue;
            }

            var index = Find(ref reader, shape, expected);
            if (index >= 0)
            {
                expected = index + 1;
                ReadField(ref reader, record, index);
            }
            else if (shape.ChildrenName is { } name && reader.ValueTextEquals(name))
            {
                reader.Read();
                ReadChildren(ref reader, record, isSecond: childrenGiven);
                childrenGiven = true;
            }
            else
            {
                var property = reader.GetString()!;
                record.Problems.Add((unknown ??= new(StringComparer.Ordinal)).Add(property)
                    ? Problem.Warning(ApiErrors.UnknownField, path + property, $"{path}{property} is not a known field and was ignored")
                    : Problem.Severe(ApiErrors.DuplicateField, path + property, $"{path}{property} stands twice"));
                reader.Read();
                reader.Skip();
            }
        }

        return record;
    }

    // Callers mostly send fields in the documented order: begin where the last one was found.
    private static int Find(ref Utf8JsonReader reader, RecordShape shape, int expected)
    {
        var fields = shape.Fields;
        for (var step = 0; step < fields.Count; step++)
        {
            var index = (expected + step) % fields.Count;
            if (reader.ValueTextEquals(fields[index].Utf8Name) || (fields[index].Alias is { } alias && reader.ValueTextEquals(alias)))
            {
                return index;
            }
        }

        return -1;
    }

    private static void ReadField(ref Utf8JsonReader reader, RecordInput record, int index)
    {
        var field = record.Shape.Fields[index];
        reader.Read();
        if (record.TryGive(index))
        {
            record.Set(index, LenientValue.Read(ref reader, field, record.PathOf(field)));
        }
        else
        {
            record.Set(index, Problem.Severe(ApiErrors.DuplicateField, record.PathOf(field), $"{record.PathOf(field)} stands twice"));
            reader.Skip();
        }
    }

    private static void ReadChildren(ref Utf8JsonReader reader, RecordInput record, bool isSecond)
    {
        var path = record.Path + record.Shape.ChildrenName;
        if (isSecond || reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
        {
            record.Problems.Add(isSecond
                ? Problem.Severe(ApiErrors.DuplicateField, path, $"{path} stands twice")
                : Problem.Severe(ApiErrors.FieldWrongType, path, $"{path} must be an array"));
            reader.Skip();
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            record.Children = ReadItems(ref reader, record, path);
        }
    }

    private static List<RecordInput> ReadItems(ref Utf8JsonReader reader, RecordInput record, string path)
    {
        var items = new List<RecordInput>();
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                record.Problems.Add(Problem.Severe(ApiErrors.FieldWrongType, $"{path}[{count}]", $"{path}[{count}] must be an object"));
                reader.Skip();
            }
            else if (count >= record.Shape.MaxChildren)
            {
                reader.Skip();
            }
            else
            {
                items.Add(Read(ref reader, record.Shape.Child!, $"{path}[{count}]."));
            }
        }

        if (count > record.Shape.MaxChildren)
        {
            record.Problems.Add(Problem.Severe(ApiErrors.TooManyItems, path, $"{path} has {count} items, more than {record.Shape.MaxChildren}"));
        }

        return items;
    }
}
