using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>
/// The body of a write as an idempotency key's fingerprint may have it: in place of each secret a slow hash of it. A fingerprint itself is a fast hash, and kept for a day;
/// a password must not be guessed by it.
/// </summary>
internal static class SecretBody
{
    private const int Iterations = 220_000;

    /// <param name="raw">The bytes as they came: all of a body in which nothing can be secret.</param>
    /// <param name="text">The same in UTF-8.</param>
    /// <param name="key">The idempotency key, which salts the hash; empty: no fingerprint will be taken, and nothing is hashed.</param>
    public static Task<ReadOnlyMemory<byte>> WithoutAsync(RecordShape shape, ReadOnlyMemory<byte> raw, ReadOnlyMemory<byte> text, string key)
    {
        var secrets = shape.Fields.Where(field => field.Secret).Select(field => field.Name).ToArray();
        return secrets.Length == 0 ? Task.FromResult(raw) : Task.Run(() => Without(secrets, text, key));
    }

    private static ReadOnlyMemory<byte> Without(string[] secrets, ReadOnlyMemory<byte> body, string key)
    {
        try
        {
            using var document = JsonDocument.Parse(body[(body.Span.StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0)..]);
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer))
            {
                Write(writer, document.RootElement, secrets, key);
            }

            return buffer.WrittenMemory;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            return default; // not JSON, or texts that are none: it will be refused
        }
    }

    private static void Write(Utf8JsonWriter writer, JsonElement root, string[] secrets, string key)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            writer.WriteStartArray();
            foreach (var operation in root.EnumerateArray())
            {
                WriteWithout(writer, operation, SetsSecret(operation, secrets) ? ["value"] : [], key);
            }

            writer.WriteEndArray();
        }
        else
        {
            WriteWithout(writer, root, secrets, key);
        }
    }

    // Also of the document's root, which a secret is in.
    private static bool SetsSecret(JsonElement operation, string[] secrets) =>
        operation.ValueKind == JsonValueKind.Object
        && operation.EnumerateObject().Any(member => member.NameEquals("path") && (member.Value.ValueEquals("") || secrets.Any(secret => member.Value.ValueEquals($"/{secret}"))));

    private static void WriteWithout(Utf8JsonWriter writer, JsonElement value, string[] names, string key)
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
                writer.WriteString(member.Name, key.Length == 0 ? "" : SlowHash(member.Value.GetRawText(), key));
            }
            else
            {
                member.WriteTo(writer);
            }
        }

        writer.WriteEndObject();
    }

    private static string SlowHash(string secret, string key) =>
        Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(secret), SHA256.HashData(Encoding.UTF8.GetBytes(key)), Iterations, HashAlgorithmName.SHA512, 64));
}
