using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Contacts;

/// <summary>A contact as it is stored: its fields as its database has them, their values in that order (string, int, null, or what a custom field holds), its associations by locationRef, and its history.</summary>
[JsonConverter(typeof(ContactJson))]
internal sealed record Contact(RecordShape Shape, object?[] Values, IReadOnlyList<ContactLocation> Locations, RecordHistory History)
{
    public string ClientRef => (string)Values[ContactFields.Contact.IndexOf(ContactFields.ClientRef)]!;

    /// <summary>The entity tag of a read: the usage types are the locations' own, and custom fields may be added and retired, while the contact does not change.</summary>
    public string ETag => RecordHistory.ETagOf(History.Version, Shape.CustomMark + string.Join(' ', Locations.Where(location => location.UsageTypeId is not null).Select(location => $"{location.LocationRef} {location.UsageTypeId}")));

    public string ContactRef => (string)Values[ContactFields.Contact.IndexOf(ContactFields.ContactRef)]!;
}

/// <summary>A contact's association with one location; the days are inclusive and may be open.</summary>
internal sealed record ContactLocation(string LocationRef, bool IsPreferred, DateOnly? StartDate, DateOnly? EndDate, int? UsageTypeId);

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
        FieldValue.WriteAll(writer, value.Shape, value.Values);
        writer.WriteStartArray(ContactFields.Locations);
        foreach (var location in value.Locations)
        {
            writer.WriteStartObject();
            FieldValue.WriteAll(writer, ContactFields.Location, [location.LocationRef, location.IsPreferred, location.StartDate, location.EndDate, location.UsageTypeId]);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        value.History.Write(writer);
    }

    public override Contact Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Contacts are read by their fields, leniently");
}
