using System.Globalization;
using System.Text;
using System.Text.Json;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Features.Parties.WriteParty;

/// <summary>The number a caller may send along: never for a new party, and only its own for one that is there (source: InTouch REST API).</summary>
internal static class PartyId
{
    public static Refusal? Check(JsonBytes body, long? id)
    {
        var given = body.Parse<string?>("{", Find);
        return given is { Refusal: null, Value: { } text } && text != id?.ToString(CultureInfo.InvariantCulture)
            ? Refusal.Of(ApiErrors.FieldReadOnly, Party.IdName, id is null ? "The id of a new party is assigned by the service" : $"id does not match the URL's {id}")
            : null;
    }

    // The value as it was written, of the first member of that name.
    private static Answer<string?> Find(ref Utf8JsonReader reader)
    {
        string? found = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var isId = !reader.ValueIsEscaped && reader.ValueTextEquals(Party.IdName);
            reader.Read();
            if (isId && found is null)
            {
                found = reader.TokenType is JsonTokenType.Number or JsonTokenType.String ? Encoding.UTF8.GetString(reader.ValueSpan) : "";
            }

            reader.Skip();
        }

        return found;
    }
}
