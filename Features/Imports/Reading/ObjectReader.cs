using System.Buffers;
using System.Globalization;
using System.Net.Mime;
using System.Text.Json;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Imports.Reading;

/// <summary>Makes a contact of a JSON object, by the same reader as a single upsert's, after what the mapping renames in it.</summary>
internal sealed class ObjectReader(ImportOptions options, ListNames names)
{
    private readonly bool isPartial = options.Operation == ImportOperation.Update;

    /// <summary>The row of that object, which is kept.</summary>
    public InputRow Read(byte[] json, long line, InputPosition end)
    {
        var text = options.Mapping is null ? json : Rename(json);
        var contact = Parse(text);
        if (contact.Refusal is null && HasUnreadListItem(contact.Value))
        {
            contact = ReadNames(text);
        }

        if (contact.Refusal is { } refusal)
        {
            return new(line, end) { Json = json, Fault = Problem.Severe(ApiErrors.InvalidJson, null, refusal.Detail is { } detail ? $"The row is not one JSON object: {detail}" : refusal.Message) };
        }

        var (version, problem) = ReadVersion(text);
        if (problem is not null)
        {
            contact.Value.AddProblem(problem);
        }

        return new(line, end) { Json = json, Contact = contact.Value, Version = version };
    }

    private Answer<RecordInput> Parse(byte[] json) =>
        new JsonBytes(MediaTypeNames.Application.Json, json, json).Parse<RecordInput>("{", (ref reader) => RecordReader.Read(ref reader, names.Contact, isPartial));

    // A name in the place of an id, which a single upsert does not take.
    private static bool HasUnreadListItem(RecordInput record)
    {
        for (var i = 0; i < record.Shape.Fields.Count; i++)
        {
            if (record.Shape.Fields[i].List is not null && record.ReadingProblem(i)?.Error == ApiErrors.FieldNotInteger)
            {
                return true;
            }
        }

        return record.Children is { } children && children.Exists(HasUnreadListItem);
    }

    private Answer<RecordInput> ReadNames(byte[] json)
    {
        var ambiguous = new List<(ColumnTarget Target, Problem Problem)>();
        var contact = Parse(Rewrite(json, Find));
        foreach (var (target, problem) in ambiguous)
        {
            (target.Location < 0 ? contact.Value : contact.Value.Children![target.Location]).Set(target.Field, problem);
        }

        return contact;

        string Find(ColumnTarget target, string text)
        {
            var found = target.Definition is { List: not null } field ? names.Find(field, text, target.Path) : null;
            if (found is Problem problem)
            {
                ambiguous.Add((target, problem));
            }

            return found is int id ? id.ToString(CultureInfo.InvariantCulture) : text;
        }
    }

    private byte[] Rename(byte[] json)
    {
        var mapping = options.Mapping!;
        return Rewrite(json, Map);

        string Map(ColumnTarget target, string text)
        {
            var value = mapping.Values.TryGetValue(target.Definition?.Name ?? "", out var values) && values.TryGetValue(text.Trim(), out var meant) ? meant : text;
            return target.Definition is { Kind: FieldKind.Date } && mapping.DateFormat is { } format && DateOnly.TryParseExact(value.Trim(), format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
                ? FieldValue.Iso(day)
                : value;
        }
    }

    // The object with its properties renamed by the mapping, and the texts of its fields replaced. What is no object stays as it is, for its fault to be reported.
    private byte[] Rewrite(byte[] json, Func<ColumnTarget, string, string> replace)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return json;
            }

            var buffer = new ArrayBufferWriter<byte>(json.Length);
            using (var writer = new Utf8JsonWriter(buffer, ReadableJson.Options))
            {
                Write(writer, document.RootElement, replace);
            }

            return buffer.WrittenSpan.ToArray();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException) // the latter for a lone surrogate
        {
            return json;
        }
    }

    private void Write(Utf8JsonWriter writer, JsonElement contact, Func<ColumnTarget, string, string> replace)
    {
        var given = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject();
        foreach (var property in contact.EnumerateObject())
        {
            var name = property.Name;
            if (options.Mapping?.Columns.TryGetValue(name, out var mapped) == true)
            {
                if (mapped is null)
                {
                    continue;
                }

                name = ColumnTarget.Of(mapped, names.Contact)?.Path ?? mapped;
            }

            given.Add(name);
            writer.WritePropertyName(name);
            if (name == ContactFields.Locations && property.Value.ValueKind == JsonValueKind.Array)
            {
                WriteLocations(writer, property.Value, replace);
            }
            else
            {
                WriteValue(writer, property.Value, ColumnTarget.Of(name, names.Contact), replace);
            }
        }

        foreach (var (name, text) in options.Mapping?.Constants ?? [])
        {
            if (ColumnTarget.Of(name, names.Contact) is { Location: < 0 } target && !given.Contains(target.Path))
            {
                writer.WriteString(target.Path, text);
            }
        }

        writer.WriteEndObject();
    }

    private void WriteLocations(Utf8JsonWriter writer, JsonElement locations, Func<ColumnTarget, string, string> replace)
    {
        writer.WriteStartArray();
        foreach (var (index, location) in locations.EnumerateArray().Index())
        {
            if (location.ValueKind != JsonValueKind.Object)
            {
                location.WriteTo(writer);
                continue;
            }

            writer.WriteStartObject();
            foreach (var property in location.EnumerateObject())
            {
                writer.WritePropertyName(property.Name);
                WriteValue(writer, property.Value, ColumnTarget.Of($"{ContactFields.Locations}[{index}].{property.Name}", names.Contact), replace);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteValue(Utf8JsonWriter writer, JsonElement value, ColumnTarget? target, Func<ColumnTarget, string, string> replace)
    {
        if (target is null || value.ValueKind is JsonValueKind.Object or JsonValueKind.Array or JsonValueKind.Null)
        {
            value.WriteTo(writer);
            return;
        }

        var text = value.ToString();
        var replaced = replace(target, text);
        if (replaced == text)
        {
            value.WriteTo(writer);
        }
        else
        {
            writer.WriteStringValue(replaced);
        }
    }

    private static (long? Version, Problem? Problem) ReadVersion(byte[] json)
    {
        if (json.AsSpan().IndexOf("\"version\""u8) < 0)
        {
            return (null, null);
        }

        using var document = JsonDocument.Parse(json);
        return document.RootElement.TryGetProperty(ColumnTarget.VersionName, out var version) && version.ValueKind != JsonValueKind.Null ? CellReader.ReadVersion(version.ToString()) : (null, null);
    }
}
