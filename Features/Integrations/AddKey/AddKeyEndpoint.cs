using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Features.Integrations.AddKey;

/// <summary><c>POST /api/v1/admin/endpoints/{id}/keys</c>: another key of an endpoint, shown once.</summary>
internal static class AddKeyEndpoint
{
    private static readonly JsonBytes Nothing = new(MediaTypeNames.Application.Json, default, "{}"u8.ToArray());

    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Create a key for an endpoint")
        .WithDescription(
            """
            No body is needed. accessKey is the whole key, for Authorization: Bearer and X-Access-Key; keyId and secret are for SOTicket and SO-AppToken.
            They are shown only once, so Idempotency-Key is not supported: if you lost the response, revoke the key and create another. An endpoint has at most 10 live keys. With dryRun=true nothing is created and data is null.
            """)
        .TakesRecord(KeyFields.New, isRequired: false)
        .WithoutCompression()
        .TakesDryRun()
        .AnswersHeader("Cache-Control", "no-store")
        .Produces(StatusCodes.Status409Conflict)
        .AnswersWrite<NewKey>(mayCreate: true);

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var key = await ReadAsync(http, cancellationToken);
        var conditions = WriteConditions.Read(http.Request, default);
        if ((key.Refusal ?? conditions.Refusal) is { } refusal)
        {
            return refusal;
        }

        if (http.Request.Headers.ContainsKey(IdempotencyKey.Header))
        {
            return Refusal.Of(ApiErrors.InvalidParameter, IdempotencyKey.Header, "Idempotency-Key is not supported: the key is shown only once. If you lost it, revoke it and create another");
        }

        var isDryRun = conditions.Value.IsDryRun;
        return (await mediator.Send(new AddKeyCommand(tenant, caller, id, key.Value, isDryRun), cancellationToken)).ToResult(made =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return isDryRun
                ? ReadableJson.ToResult(new DryRunBody<NewKey?>("created", JsonElement.Parse("{}"), null), AddKeyJson.Default.DryRunBodyNewKey)
                : ReadableJson.ToResult(new SuccessBody<NewKey>(made), AddKeyJson.Default.SuccessBodyNewKey, statusCode: StatusCodes.Status201Created);
        });
    }

    // No body, or an empty one, is an empty object; a body must say what it is.
    private static async Task<Answer<RecordInput>> ReadAsync(HttpContext http, CancellationToken cancellationToken)
    {
        if (http.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
        {
            return JsonBody.ReadRecord(Nothing, KeyFields.New);
        }

        var body = await JsonBody.ReadAsync(http, JsonBody.RecordMediaTypes, json => JsonBody.ReadRecord(json.Text.IsEmpty ? Nothing : json, KeyFields.New), cancellationToken);
        return body.Refusal is { } refusal ? refusal : body.Value.Content;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<NewKey>))]
[JsonSerializable(typeof(DryRunBody<NewKey>))]
internal sealed partial class AddKeyJson : JsonSerializerContext;
