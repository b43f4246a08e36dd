using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.RevokeKey;

/// <summary><c>POST /api/v1/admin/endpoints/{id}/keys/{keyId}/revoke</c>: the key is not admitted any more, at once and for good.</summary>
internal static class RevokeKeyEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Revoke a key")
        .WithDescription("Immediate and permanent; revoking again changes nothing (unchanged). No body is needed, and none is read.")
        .TakesDryRun()
        .AnswersOutcome()
        .AnswersWrite<KeyItem>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string id, string keyId, IMediator mediator, CancellationToken cancellationToken)
    {
        var conditions = WriteConditions.Read(http.Request, default);
        if (conditions.Refusal is not null)
        {
            return conditions.Refusal;
        }

        var isDryRun = conditions.Value.IsDryRun;
        return (await mediator.Send(new RevokeKeyCommand(tenant, caller, id, keyId, isDryRun), cancellationToken)).ToResult(revoked =>
        {
            http.Response.Headers["X-Outcome"] = revoked.Outcome.Text();
            return isDryRun
                ? ReadableJson.ToResult(new DryRunBody<KeyItem>(revoked.Outcome.Text(), Changes(revoked), revoked.Key), RevokeKeyJson.Default.DryRunBodyKeyItem)
                : ReadableJson.ToResult(new SuccessBody<KeyItem>(revoked.Key), RevokeKeyJson.Default.SuccessBodyKeyItem);
        });
    }

    private static JsonElement Changes(RevokedKey revoked)
    {
        var changes = new FieldChanges();
        if (revoked.Outcome == WriteOutcome.Updated)
        {
            changes.Add("revokedAt", null, revoked.Key.RevokedAt);
        }

        return JsonElement.Parse(changes.ToJson());
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<KeyItem>))]
[JsonSerializable(typeof(DryRunBody<KeyItem>))]
internal sealed partial class RevokeKeyJson : JsonSerializerContext;
