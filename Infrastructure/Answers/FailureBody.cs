using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace CrmImport.Infrastructure.Answers;

/// <summary>The one shape of failure on every route (sources: Oneserve <c>result</c>/<c>result_msg</c>, InTouch <c>ok</c>/<c>status</c>/<c>problems</c>).</summary>
internal sealed record FailureBody(
    [property: JsonPropertyName("result_msg")] string ResultMsg,
    [property: JsonPropertyName("result_error_msg"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ResultErrorMsg,
    int Status,
    string Code,
    [property: JsonPropertyName("trace_id")] string TraceId,
    IReadOnlyList<Problem> Problems)
{
    [JsonPropertyOrder(-2)]
    public string Result { get; } = "fail";

    public bool Ok { get; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Error { get; init; }

    [JsonPropertyName("error_description"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ErrorDescription { get; init; }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FailureBody))]
internal sealed partial class EnvelopeJson : JsonSerializerContext
{
    /// <summary>Texts go out as they are, not as \u escapes: the answer is JSON in UTF-8, never a page.</summary>
    public static EnvelopeJson Written { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
