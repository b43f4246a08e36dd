using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ReadEndpoint;

/// <summary><c>GET /api/v1/admin/endpoints/{id}</c>: one endpoint.</summary>
internal static class ReadEndpointEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read an endpoint")
        .WithDescription("ETag is the endpoint's version; If-None-Match with it answers 304.")
        .TakesHeader("If-None-Match", "The version at hand: 304 if it is the stored one")
        .TakesSelection(EndpointFields.List)
        .AnswersHeader("ETag", "The endpoint's version")
        .Produces<SuccessBody<Integrations.Endpoint>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var selection = Selection.Read(http.Request.Query, EndpointFields.List);
        return precondition.Refusal ?? selection.Refusal
            ?? (await mediator.Send(new ReadEndpointQuery(tenant, id), cancellationToken)).ToResult(endpoint =>
                precondition.Value.Answer(http, RecordHistory.ETagOf(endpoint.Version), () =>
                    Selection.ToResult(selection.Value, endpoint, ReadEndpointJson.Default.SuccessBodyEndpoint, ReadEndpointJson.Default.Endpoint)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Integrations.Endpoint>))]
internal sealed partial class ReadEndpointJson : JsonSerializerContext;
