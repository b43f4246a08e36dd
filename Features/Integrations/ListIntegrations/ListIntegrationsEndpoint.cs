using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ListIntegrations;

/// <summary><c>GET /api/v1/admin/endpoints</c>: what service accounts call through, in pages (source: Neoserra).</summary>
internal static class ListIntegrationsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ListEndpoints")
        .WithSummary("List endpoints")
        .WithDescription("Ordered by creation, unless orderBy is given.")
        .TakesList(IntegrationFields.List, "account eq 'WEB' and active eq true")
        .Produces<PageBody<Integration>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, IntegrationFields.List);
        return list.Refusal ?? (await mediator.Send(new ListIntegrationsQuery(tenant, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListIntegrationsJson.Default.PageBodyIntegration, ListIntegrationsJson.Default.Integration));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Integration>))]
internal sealed partial class ListIntegrationsJson : JsonSerializerContext;
