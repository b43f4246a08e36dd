using System.Text.Json;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>Reads a JSON object into a <see cref="RecordInput"/> by its shape, leniently and to the end: what cannot be read becomes a problem of that field.</summary>
internal static class RecordReader
{
    /// <summary>Reads the object the reader stands on; throws <see cref="JsonException"/> where the JSON itself is broken.</summary>
    /// <param name="isPartial">Whether a stored record keeps what is not given.</param>
    public static RecordInput Read(ref Utf8JsonReader reader, RecordShape shape, bool isPartial = false) =>
        Read(ref reader, new RecordInput(shape, "", new ProblemBudget()) { IsPartial = isPartial });

    private static RecordInput Read(ref Utf8JsonReader reader, RecordInput record)
    {
        var (shape, path) = (record.Shape, record.Path);
        HashSet<string>? unknown = null;
        var childrenGiven = false;
        var expected = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            // An escaped name may hold what is no text: it must not be compared with any.
            var isText = !reader.ValueIsEscaped || LenientValue.TryGetText(ref reader) is not null;
            var index = isText ? Find(ref reader, shape, expected) : -1;
            if (index >= 0)
            {
                expected = index + 1;
                ReadField(ref reader, record, index);
            }
            else if (isText && shape.ChildrenName is { } name && reader.ValueTextEquals(name))
            {
                reader.Read();
                ReadChildren(ref reader, record, isSecond: childrenGiven);
                childrenGiven = true;
            }
            else
            {
                if (!record.IsFull && (isText ? Unknown(record, reader.GetString()!, unknown ??= new(StringComparer.Ordinal)) : NoText(path)) is { } problem)
                {
                    record.AddProblem(problem);
                }

                reader.Read();
                reader.Skip();
            }
        }

        return record;
    }

    // Null for what a read returns too.
    private static Problem? Unknown(RecordInput record, string property, HashSet<string> seen)
    {
        var name = record.Path + ProblemBudget.Shorten(property);
        return !seen.Add(property) ? Problem.Severe(ApiErrors.DuplicateField, name, $"{name} appears more than once")
            : record.Shape.AlsoReturned.Contains(property) ? null
            : Problem.Warning(ApiErrors.UnknownField, name, $"{name} is not a known field and was ignored");
    }

    private static Problem NoText(string path) =>
        Problem.Severe(ApiErrors.InvalidCharacters, path, "A property name contains a NUL or a lone surrogate");

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
        if (!reader.ValueTextEquals(field.Utf8Name))
        {
            record.NameByAlias(index);
        }

        reader.Read();
        if (record.TryMarkPresent(index))
        {
            record.Set(index, field.Kind == FieldKind.TextList ? TextList.Read(ref reader, field, record) : LenientValue.Read(ref reader, field, record.PathOf(field)));
        }
        else
        {
            record.Set(index, Problem.Severe(ApiErrors.DuplicateField, record.PathOf(field), $"{record.PathOf(field)} appears more than once"));
            reader.Skip();
        }
    }

    private static void ReadChildren(ref Utf8JsonReader reader, RecordInput record, bool isSecond)
    {
        var path = record.Path + record.Shape.ChildrenName;
        if (isSecond || reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
        {
            record.AddProblem(isSecond
                ? Problem.Severe(ApiErrors.DuplicateField, path, $"{path} appears more than once")
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
                record.AddProblem(Problem.Severe(ApiErrors.FieldWrongType, $"{path}[{count}]", $"{path}[{count}] must be an object"));
                reader.Skip();
            }
            else if (count >= record.Shape.MaxChildren)
            {
                reader.Skip();
            }
            else
            {
                items.Add(Read(ref reader, new RecordInput(record.Shape.Child!, $"{path}[{count}].", record.Budget) { IsPartial = record.IsPartial }));
            }
        }

        if (count > record.Shape.MaxChildren)
        {
            record.AddProblem(Problem.Severe(ApiErrors.TooManyItems, path, $"{path} has {count} items, more than {record.Shape.MaxChildren}"));
        }

        return items;
    }
}
