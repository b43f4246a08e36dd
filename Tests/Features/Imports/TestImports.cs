using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Imports;

/// <summary>Sends files to be imported, and reads what became of their rows.</summary>
internal static class TestImports
{
    public const string Csv = "text/csv";
    public const string Ndjson = "application/x-ndjson";

    /// <summary>The columns of a whole contact without its keys, and a row of them.</summary>
    public const string Columns = "salutation,forename,surname,contact1,contact1Type,preferredContact,address1,address2,postCode";
    public const string Cells = "Mr,John,Test,0123,1,1,Address line 1,Address line 2,EX49HL";

    public static Task<ApiAnswer> SubmitAsync(this ApiClient client, string text, string mediaType = Csv, string query = "", params (string Name, string Value)[] headers) =>
        client.SubmitAsync(Encoding.UTF8.GetBytes(text), mediaType, query, headers);

    /// <summary>Sends a file and waits for the end of its import.</summary>
    public static Task<ApiAnswer> SubmitAsync(this ApiClient client, byte[] content, string mediaType, string query = "", params (string Name, string Value)[] headers)
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        return client.SendAsync(HttpMethod.Post, $"/api/v1/imports?{query}", body, [("Prefer", "respond-sync"), .. headers]);
    }

    /// <summary>The import of a file that is sent and carried out.</summary>
    public static async Task<JsonObject> ImportAsync(this ApiClient client, string text, string mediaType = Csv, string query = "") =>
        (await client.SubmitAsync(text, mediaType, query)).ShouldBe(HttpStatusCode.OK).Data;

    public static string Id(this JsonObject import) => import["id"]!.GetValue<string>();

    /// <summary>created, updated, unchanged and rejected rows, as <c>1 2 3 4</c>.</summary>
    public static string Counts(this JsonObject import) => $"{import["rowsCreated"]} {import["rowsUpdated"]} {import["rowsUnchanged"]} {import["rowsRejected"]}";

    /// <summary>The results of an import's rows.</summary>
    public static async Task<JsonObject[]> ResultsAsync(this ApiClient client, JsonObject import, string query = "")
    {
        var answer = (await client.GetAsync($"/api/v1/imports/{import.Id()}/results?{query}")).ShouldBe(HttpStatusCode.OK);
        return [.. answer.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!.AsObject())];
    }

    /// <summary>The results as <c>line outcome</c>, and of rejected rows the problems as <c>field code</c>.</summary>
    public static async Task<string[]> OutcomesAsync(this ApiClient client, JsonObject import) =>
        [.. (await client.ResultsAsync(import)).Select(result => $"{result["line"]} {result["outcome"]} {string.Join(", ", result["problems"]?.AsArray().Select(problem => $"{problem!["field"]} {problem["code"]}") ?? [])}".Trim())];

    public static async Task<string> FieldAsync(this ApiClient client, string clientRef, string contactRef, string field) =>
        (await client.ReadAsync(clientRef, contactRef)).ShouldBe(HttpStatusCode.OK).Data[field]?.ToString() ?? "null";
}
