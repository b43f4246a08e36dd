using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using Microsoft.OpenApi;

namespace CrmImport.Features.Parties;

/// <summary>A contact as InTouch's clients know it: with a number of its own before the contact's fields (source: InTouch REST API).</summary>
[JsonConverter(typeof(PartyJson))]
internal sealed record Party(long? Id, Contact Contact)
{
    public const string IdName = "id";

    /// <summary>A party as it is sent: a contact, with its number if it was read.</summary>
    public static readonly RecordShape Shape = ContactFields.Contact with { AlsoReturned = [.. ContactFields.Contact.AlsoReturned, IdName] };

    /// <summary>What the directory can be filtered by, ordered by and narrowed to.</summary>
    public static readonly ListShape List = ContactList.Shape
        .With(new ListField(IdName, ListKind.Integer) { Column = "party_id" })
        .WithOrderSynonyms(("modified", "updatedAt"), ("created", "createdAt"));

    /// <summary>Adds to the description of a contact what a party has more.</summary>
    public static void AddId(OpenApiSchema schema)
    {
        schema.Properties![IdName] = new OpenApiSchema { Type = JsonSchemaType.Integer, Format = "int64", Description = "The contact's number in the directory" };
        schema.Required!.Add(IdName);
        schema.Examples![0][IdName] = 101;
    }

    /// <summary>The party's address.</summary>
    public string Address => $"/api/parties/{Id}";
}

internal sealed class PartyJson : JsonConverter<Party>
{
    public override void Write(Utf8JsonWriter writer, Party value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        if (value.Id is { } id)
        {
            writer.WriteNumber(Party.IdName, id);
        }
        else
        {
            writer.WriteNull(Party.IdName); // a dry run assigns no number
        }

        ContactJson.WriteMembers(writer, value.Contact);
        writer.WriteEndObject();
    }

    public override Party Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Parties are read by the fields of a contact, leniently");
}

/// <summary>The number in a party's address.</summary>
internal readonly record struct PartyNumber(long Value)
{
    /// <summary>What is no number is the address of no party, as negative ones are.</summary>
    public static bool TryParse(string text, out PartyNumber number)
    {
        number = new(long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : -1);
        return true;
    }
}
