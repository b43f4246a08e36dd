using System.Net.Mime;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>A command's record as the body of a request, so that it is read by the very rules of the API.</summary>
internal static class CommandBody
{
    public const int MaxBytes = 1_000_000;

    public static HttpContext Of(JsonObject body)
    {
        var http = new DefaultHttpContext();
        http.Request.ContentType = MediaTypeNames.Application.Json;
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body.ToJsonString()));
        return http;
    }

    /// <summary>A change of what is there, whatever its version: a database that conditions versions is content.</summary>
    public static HttpContext OfChange(JsonObject body)
    {
        var http = Of(body);
        http.Request.Headers.IfMatch = "*";
        return http;
    }

    /// <summary>Sets a member where it was given.</summary>
    public static void Set(this JsonObject body, string name, JsonNode? value)
    {
        if (value is not null)
        {
            body[name] = value;
        }
    }
}
