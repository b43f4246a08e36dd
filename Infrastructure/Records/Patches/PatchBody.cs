using System.Net.Mime;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;

namespace CrmImport.Infrastructure.Records.Patches;

/// <summary>Reads the patch in a request's body.</summary>
internal static class PatchBody
{
    private const string MergePatchJson = "application/merge-patch+json";

    /// <summary>Read as plain JSON, an object is a merge patch and an array a JSON Patch.</summary>
    public static readonly IReadOnlyList<string> MediaTypes =
        [MediaTypeNames.Application.Json, MergePatchJson, MediaTypeNames.Application.JsonPatch];

    /// <summary>Reads it in the contract's order: media type (415), size (413), JSON root (400, <c>REST0002</c>), then the patch itself (400).</summary>
    public static Task<Answer<RequestBody<Patch>>> ReadAsync(HttpContext http, CancellationToken cancellationToken) =>
        JsonBody.ReadAsync(http, MediaTypes, Parse, cancellationToken);

    /// <summary>The patch that a body is, by its media type.</summary>
    public static Answer<Patch> Parse(JsonBytes body)
    {
        var roots = body.MediaType switch
        {
            MergePatchJson => "{",
            MediaTypeNames.Application.JsonPatch => "[",
            _ => "{[",
        };
        var json = body.Parse<JsonNode?>(roots, StrictJson.Read);
        return json.Refusal is { } refusal ? refusal : Patch.Of(json.Value);
    }
}
