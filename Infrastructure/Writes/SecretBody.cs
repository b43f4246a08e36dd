using System.Buffers;
using System.Text;
using System.Text.Json;
using CrmImport.Infrastructure.Fields;

namespace CrmImport.Infrastructure.Writes;

/// <summary>
/// The body of a write as an idempotency key's fingerprint may have it: without the values of secret fields. A fingerprint is a fast hash that is kept for a day;
/// a password must not be guessed by it.
/// </summary>
internal static class SecretBody
{
    /// <param name="raw">The bytes as they came: all of a body in which nothing can be secret.</param>
    /// <param name="text">The same in UTF-8.</param>
    public static ReadOnlyMemory<byte> Without(RecordShape shape, ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> text)
    {
        var secrets = shape.Fields.Where(field => field.Secret).Select(field => field.Name).ToArray();
        return secrets.Length == 0 ? raw : Without(secrets, text);
    }

    private static ReadOnlyMemory<byte> Without(string[] secrets, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body[(body.Span.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0)..]);
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                Write(writer, document.RootElement, secrets);
            }

            return buffer.WrittenMemory;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return default; // not JSON, or texts that are none: it will be refused
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement root, string[] secrets)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var operation in root.EnumerateArray())
            {
                WriteWithout(writer, operation, SetsSecret(operation, secrets) ? ["value"] : []);
            }

            writer.WriteEndArray();
        }
        else
        {
            WriteWithout(writer, root, secrets);
        }
    }

    // Also of the document's root, which a secret is in.
    private static bool SetsSecret(JsonElement operation, string[] secrets) =>
        operation.ValueKind == JsonValueKind.Object
        && operation.EnumerateObject().Any(member => member.NameEquals("path") && (member.Value.ValueEquals("") || secrets.Any(secret => member.Value.ValueEquals($"/{secret}"))));

    private static void WriteWithout(Utf8JsonWriter writer, JsonElement value, string[] names)
    {
        if (names.Length == 0 || value.ValueKind != JsonValueKind.Object)
        {
            value.WriteTo(writer);
            return;
        }

        writer.WriteStartObject();
        foreach (var member in value.EnumerateObject())
        {
            if (names.Any(name => member.NameEquals(name)))
            {
                writer.WriteNull(member.Name);
            }
            else
            {
                member.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }
}
