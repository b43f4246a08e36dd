using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Infrastructure.Audit;

/// <summary>The op_id a login was tried with. Recorded only where an account has it: what was typed may be a password in the wrong field.</summary>
internal sealed record ClaimedAccount(string OpId);

/// <summary>What the audit keeps of a call that was refused: nothing of body, query, headers and message, and of the address no more than refs that could exist, where an account called.</summary>
internal sealed record RefusedCall(
    DateTime At, string Account, string Kind, string? ClaimedOpId, string Address, string Method, string Route, int Status, string Outcome,
    string RecordType, string ClientRef, string ContactRef, string LocationRef, string RecordRef, string TraceId)
{
    /// <summary>What the outcome begins with; the error's code follows.</summary>
    public const string OutcomePrefix = "refused: ";

    private const int MaxRefLength = 50;

    private static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

    public static RefusedCall Of(HttpContext http, ApiError error, Caller? caller, CallClaim? claim, DateTime at)
    {
        var origin = CallOrigin.Of(http);
        return new RefusedCall(
            at,
            caller?.OpId ?? "",
            caller is null ? "" : new AuditedAccount(caller.OpId, caller.Kind).AuditKind,
            caller is null ? Storable(http.Features.Get<ClaimedAccount>()?.OpId) : null,
            origin.Address,
            Methods.Contains(origin.Method) ? origin.Method : "(other)", // a method may be any word, of any length
            CallOrigin.RouteOf(http),
            error.Status,
            OutcomePrefix + error.Code,
            http.GetEndpoint()?.Metadata.GetMetadata<RouteRecord>()?.Type ?? "",
            caller is null ? "" : Ref(http, "clientRef"), // a stranger could write there whatever it likes
            caller is null ? "" : Ref(http, "contactRef"),
            caller is null ? "" : Ref(http, "locationRef"),
            caller is null ? claim?.KeyId ?? "" : "", // which key is still in use somewhere; its id is no secret
            origin.TraceId);
    }

    private static string Ref(HttpContext http, string name) => Storable(http.Request.RouteValues[name] as string) ?? "";

    private static string? Storable(string? text) =>
        text is not null && StorableText.FirstFault(text) < 0 && StorableText.Beyond(text, MaxRefLength) < 0 ? text : null;
}
