using System.Buffers;
using System.Net.Mime;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace CrmImport.Infrastructure.Answers;

/// <summary>JSON as people read it: <c>Müller + Söhne</c>, with only that escaped which JSON itself reserves, and what UTF-16 writes in two. It is sent as JSON and never as a part of a page.</summary>
internal static class ReadableJson
{
    public static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] ToBytes<T>(T value, JsonTypeInfo<T> type)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            JsonSerializer.Serialize(json, value, type);
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The value as a response.</summary>
    public static IResult ToResult<T>(T value, JsonTypeInfo<T> type, int statusCode = StatusCodes.Status200OK) => new JsonResult<T>(value, type, statusCode);

    private sealed class JsonResult<T>(T value, JsonTypeInfo<T> type, int statusCode) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = statusCode;
            response.ContentType = $"{MediaTypeNames.Application.Json}; charset=utf-8";
            await using (var json = new Utf8JsonWriter(response.BodyWriter, Options))
            {
                JsonSerializer.Serialize(json, value, type);
                json.Flush(); // to the writer, which sends nothing yet
                response.ContentLength = json.BytesCommitted;
            }

            await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
        }
    }
}
