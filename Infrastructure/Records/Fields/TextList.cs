using System.Text.Json;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>The value of a field that is a list of texts: each once, in the order given, compared item by item.</summary>
internal sealed class TextList(IEnumerable<string> items) : IEquatable<TextList>
{
    public static TextList Empty { get; } = new([]);

    public IReadOnlyList<string> Items { get; } = [.. items.Distinct(StringComparer.Ordinal)];

    /// <summary>The array the reader stands on; null for null; a <see cref="Problem"/> for the first item that cannot be, the others' go to the record.</summary>
    public static object? Read(ref Utf8JsonReader reader, Field field, RecordInput record)
    {
        var path = record.PathOf(field);
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return reader.TokenType == JsonTokenType.Null ? null : Skip(ref reader, LenientValue.WrongType(field, path));
        }

        var items = new List<string>();
        Problem? first = null;
        var count = 0;
        for (; reader.Read() && reader.TokenType != JsonTokenType.EndArray; count++)
        {
            var item = count < field.MaxItems ? ReadItem(ref reader, field, $"{path}[{count}]") : Skip(ref reader, null);
            if (item is string text)
            {
                items.Add(text);
            }
            else if (item is Problem problem)
            {
                Tell(problem);
            }
        }

        if (count > field.MaxItems)
        {
            Tell(Problem.Severe(ApiErrors.TooManyItems, path, $"{path} has {count} items, more than {field.MaxItems}"));
        }

        return (object?)first ?? new TextList(items);

        void Tell(Problem problem)
        {
            if (first is null)
            {
                first = problem;
            }
            else
            {
                record.AddProblem(problem);
            }
        }
    }

    public bool Equals(TextList? other) => other is not null && Items.SequenceEqual(other.Items, StringComparer.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as TextList);

    public override int GetHashCode() => Items.Count;

    private static object ReadItem(ref Utf8JsonReader reader, Field field, string path)
    {
        if (reader.TokenType != JsonTokenType.String)
        {
            return Skip(ref reader, Problem.Severe(ApiErrors.FieldWrongType, path, $"{path} must be text"))!;
        }

        return LenientValue.TryGetText(ref reader) switch
        {
            null => LenientValue.Unstorable(path),
            var text when RecordRules.IsLonger(text, field.MaxLength) => Problem.Severe(ApiErrors.FieldTooLong, path, $"{path} is longer than {field.MaxLength} characters"),
            var text when field.Item(text) is { } item && (field.Allowed.Count == 0 || field.Allowed.Contains(item)) => item,
            var text => Problem.Severe(ApiErrors.FieldNotAllowed, path, $"{path}: {text} is {field.ItemRule}"),
        };
    }

    private static Problem? Skip(ref Utf8JsonReader reader, Problem? problem)
    {
        reader.Skip();
        return problem;
    }
}
