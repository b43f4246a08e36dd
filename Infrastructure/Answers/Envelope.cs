using System.Text.Json;

namespace CrmImport.Infrastructure.Answers;

/// <summary>The JSON around every answer, success and failure.</summary>
internal static class Envelope
{
    public const string ContentType = "application/json; charset=utf-8";

    /// <summary>Oneserve's answer to every success, byte for byte.</summary>
    public static readonly byte[] Success = """{"result":"success","result_msg":""}"""u8.ToArray();

    private const string OneserveJsonError = "REST0002";

    /// <summary>The failure envelope, for our own refusals and for the framework's bare statuses alike.</summary>
    public static byte[] Write(Refusal refusal, string traceId)
    {
        var body = new FailureBody(
            refusal.Error == ApiErrors.InvalidJson ? OneserveJsonError : refusal.Message,
            refusal.Detail,
            refusal.Error.Status,
            refusal.Error.Code,
            traceId,
            refusal.Problems)
        {
            Error = refusal.OAuthError,
            ErrorDescription = refusal.OAuthError is null ? null : refusal.Message,
        };
        return JsonSerializer.SerializeToUtf8Bytes(body, EnvelopeJson.Written.FailureBody);
    }
}
