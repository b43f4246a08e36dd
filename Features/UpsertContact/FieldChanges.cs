using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Fields;

namespace CrmImport.Features.UpsertContact;

/// <summary>The fields that change, each with its value before and after; as JSON what the audit keeps: <c>{"surname":["Test","Test2"]}</c>.</summary>
internal sealed class FieldChanges
{
    // Texts are kept as they are: the audit is data, never a page.
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

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

    /// <summary>An association that is added (before is null), altered or removed (after is null); its usage type is the location's affair.</summary>
    public bool AddLocation(StoredLink? before, StoredLink? after)
    {
        var prefix = $"{ContactFields.Locations}[{(after ?? before)!.LocationRef}].";
        return Add(prefix + ContactFields.IsPreferred.Name, before?.IsPreferred, after?.IsPreferred)
            | Add(prefix + ContactFields.StartDate.Name, before?.StartDate, after?.StartDate)
            | Add(prefix + ContactFields.EndDate.Name, before?.EndDate, after?.EndDate);
    }

    public string ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Plain))
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

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
