using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ReadIntegration;

/// <summary><c>GET /api/v1/admin/endpoints/{id}</c>: one endpoint.</summary>
internal static class ReadIntegrationEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ReadEndpoint")
        .WithSummary("Read an endpoint")
        .WithDescription("ETag is the endpoint's version; If-None-Match with it returns 304.")
        .TakesSelection(IntegrationFields.List)
        .AnswersVersion()
        .DescribesRecord<Integration>(IntegrationFields.Integration)
        .Produces<SuccessBody<Integration>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var selection = Selection.Read(http.Request.Query, IntegrationFields.List);
        return precondition.Refusal ?? selection.Refusal
            ?? (await mediator.Send(new ReadIntegrationQuery(tenant, id), cancellationToken)).ToResult(endpoint =>
                precondition.Value.Answer(http, RecordHistory.ETagOf(endpoint.Version), () =>
                    Selection.ToResult(selection.Value, endpoint, ReadIntegrationJson.Default.SuccessBodyIntegration, ReadIntegrationJson.Default.Integration)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Integration>))]
internal sealed partial class ReadIntegrationJson : JsonSerializerContext;
