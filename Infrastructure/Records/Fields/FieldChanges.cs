using System.Buffers;
using System.Text;
using System.Text.Json;

using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>The fields that change, each with its value before and after; as JSON what the audit keeps: <c>{"surname":["Test","Test2"]}</c>.</summary>
internal sealed class FieldChanges
{
    // Texts are kept as they are: the audit is data, never a page.
    private readonly List<(string Field, object? Before, object? After)> changes = [];

    public bool IsEmpty => changes.Count == 0;

    /// <summary>False where the two are equal, and so no change.</summary>
    public bool Add(string field, object? before, object? after)
    {
        var differs = !Equals(before, after);
        if (differs)
        {
            changes.Add((field, before, after));
        }

        return differs;
    }

    /// <summary>That a value was confirmed which it had already, where that has an effect of its own.</summary>
    public void AddConfirmed(string field, object? value) => changes.Add((field, value, value));

    /// <summary>A change of a secret: only the fact of the change is reported.</summary>
    public void AddSecret(string field) => changes.Add((field, null, null));

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, ReadableJson.Options))
        {
            Write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        foreach (var (field, before, after) in changes)
        {
            json.WriteStartArray(field);
            FieldValue.Write(json, before);
            FieldValue.Write(json, after);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }
}
