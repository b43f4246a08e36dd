using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Fields;

namespace CrmImport.Features.Catalogue;

/// <summary>A contact as it is stored: its values in the catalogue's order (string, int or null), its associations by locationRef, and its history.</summary>
[JsonConverter(typeof(ContactJson))]
internal sealed record Contact(object?[] Values, IReadOnlyList<ContactLocation> Locations, RecordHistory History);

/// <summary>A contact's association with one location; the days are inclusive and may be open.</summary>
internal sealed record ContactLocation(string LocationRef, bool IsPreferred, DateOnly? StartDate, DateOnly? EndDate, int? UsageTypeId);

/// <summary>A record's version, from 1, and who made and last changed it, in UTC.</summary>
internal sealed record RecordHistory(long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy)
{
    /// <summary>The version as an HTTP entity tag.</summary>
    public string ETag => ETagOf(Version);

    public static string ETagOf(long version) => $"\"{version}\"";
}

/// <summary>Writes a contact by the catalogue: native JSON types, ISO dates, explicit nulls.</summary>
internal sealed class ContactJson : JsonConverter<Contact>
{
    public override void Write(Utf8JsonWriter writer, Contact value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        WriteMembers(writer, value);
        writer.WriteEndObject();
    }

    /// <summary>The members of the object that a contact is.</summary>
    public static void WriteMembers(Utf8JsonWriter writer, Contact value)
    {
        WriteFields(writer, ContactFields.Contact, value.Values);
        writer.WriteStartArray(ContactFields.Locations);
        foreach (var location in value.Locations)
        {
            writer.WriteStartObject();
            WriteFields(writer, ContactFields.Location, [location.LocationRef, location.IsPreferred, location.StartDate, location.EndDate, location.UsageTypeId]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteHistory(writer, value.History);
    }

    public override Contact Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Contacts are read by the catalogue, leniently");

    private static void WriteFields(Utf8JsonWriter writer, RecordShape shape, object?[] values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            var name = shape.Fields[i].JsonName;
            switch (values[i])
            {
                case string text:
                    writer.WriteString(name, text);
                    break;
                case int number:
                    writer.WriteNumber(name, number);
                    break;
                case bool flag:
                    writer.WriteBoolean(name, flag);
                    break;
                case DateOnly date:
                    writer.WriteString(name, FieldValue.Iso(date));
                    break;
                default:
                    writer.WriteNull(name);
                    break;
            }
        }
    }

    private static void WriteHistory(Utf8JsonWriter writer, RecordHistory history)
    {
        writer.WriteNumber("version", history.Version);
        writer.WriteString("createdAt", history.CreatedAt);
        writer.WriteString("createdBy", history.CreatedBy);
        writer.WriteString("updatedAt", history.UpdatedAt);
        writer.WriteString("updatedBy", history.UpdatedBy);
    }
}
