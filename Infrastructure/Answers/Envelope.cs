using System.Diagnostics;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Telemetry;

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
}

/// <summary>Success without a record: Oneserve's answer to a write.</summary>
internal record SuccessBody
{
    [JsonPropertyOrder(-2)]
    public string Result { get; } = "success";

    [JsonPropertyOrder(-1), JsonPropertyName("result_msg")]
    public string ResultMsg { get; } = "";
}

/// <summary>Success with one record: the native routes' answer.</summary>
internal sealed record SuccessBody<T>(T Data) : SuccessBody;

/// <summary>Writes the failure envelope, for our own refusals and for the framework's bare statuses alike.</summary>
internal static partial class Envelope
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Oneserve's answer to every success, byte for byte.</summary>
    public static readonly byte[] Success = """{"result":"success","result_msg":""}"""u8.ToArray();

    /// <summary>The ways to show a credential that HTTP has a scheme for.</summary>
    private const string Challenge =
        """
        Bearer realm="CrmImport", Basic realm="CrmImport", SOTicket realm="CrmImport"
        """;

    private const string OneserveJsonError = "REST0002";

    public static Task WriteFailureAsync(HttpContext http, Refusal refusal)
    {
        var traceId = TraceId(http);
        http.RequestServices.GetRequiredService<RefusedCalls>().Add(http, refusal.Error);
        LogFailure(http.RequestServices.GetRequiredService<ILogger<FailureBody>>(), http.Request.Method, RouteOf(http), refusal.Error.Status, refusal.Error.Code, traceId);
        http.RequestServices.GetRequiredService<CrmMetrics>().RequestRefused(refusal.Error);
        http.Response.StatusCode = refusal.Error.Status;
        http.Response.ContentType = ContentType;
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (refusal.Error.Status == StatusCodes.Status401Unauthorized)
        {
            http.Response.Headers.WWWAuthenticate = Challenge;
        }

        if (refusal.Error.Status == StatusCodes.Status408RequestTimeout)
        {
            http.Response.Headers.Connection = "close"; // what was late may still come, and would be taken for the next request
        }

        var json = Write(refusal, traceId);
        http.Response.ContentLength = json.Length;
        return http.Response.Body.WriteAsync(json, CancellationToken.None).AsTask();
    }

    /// <summary>The envelope alone, for where there is no request to speak of.</summary>
    public static byte[] Write(Refusal refusal, string traceId)
    {
        var body = new FailureBody(
            refusal.Error == ApiErrors.InvalidJson ? OneserveJsonError : refusal.Message,
            refusal.Detail,
            refusal.Error.Status,
            refusal.Error.Code,
            traceId,
            refusal.Problems);
        return JsonSerializer.SerializeToUtf8Bytes(body, EnvelopeJson.Written.FailureBody);
    }

    /// <summary>The route's pattern, which unlike the path holds nothing of the caller's.</summary>
    public static string RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    /// <summary>The id that finds this request's lines in the log: the trace's, where there is one.</summary>
    public static string TraceId(HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    [LoggerMessage(LogLevel.Information, "{Method} {Route} answered {Status} {Code}, trace {TraceId}")]
    private static partial void LogFailure(ILogger logger, string method, string route, int status, string code, string traceId);
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FailureBody))]
internal sealed partial class EnvelopeJson : JsonSerializerContext
{
    /// <summary>Texts go out as they are, not as \u escapes: the answer is JSON in UTF-8, never a page.</summary>
    public static EnvelopeJson Written { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
