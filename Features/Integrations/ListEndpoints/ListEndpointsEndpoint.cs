using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ListEndpoints;

/// <summary><c>GET /api/v1/admin/endpoints</c>: what service accounts call through, in pages (source: Neoserra).</summary>
internal static class ListEndpointsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List endpoints")
        .WithDescription("In the order they were made, unless orderBy says otherwise.")
        .TakesList(EndpointFields.List, "account eq 'WEB' and active eq true")
        .Produces<PageBody<Integrations.Endpoint>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http.Request.Query, EndpointFields.List);
        return list.Refusal ?? (await mediator.Send(new ListEndpointsQuery(tenant, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListEndpointsJson.Default.PageBodyEndpoint, ListEndpointsJson.Default.Endpoint));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Integrations.Endpoint>))]
internal sealed partial class ListEndpointsJson : JsonSerializerContext;
