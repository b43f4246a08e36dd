using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.ListKeys;

/// <summary><c>GET /api/v1/admin/endpoints/{id}/keys</c>: an endpoint's keys, revoked and expired ones too, never a secret.</summary>
internal static class ListKeysEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List the keys of an endpoint")
        .WithDescription("Including revoked and expired ones; lastUsedAt lags by some seconds. Secrets are never returned again.")
        .TakesList(KeyFields.List, "revokedAt eq null")
        .Produces<PageBody<KeyItem>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, KeyFields.List);
        return list.Refusal ?? (await mediator.Send(new ListKeysQuery(tenant, id, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListKeysJson.Default.PageBodyKeyItem, ListKeysJson.Default.KeyItem));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<KeyItem>))]
internal sealed partial class ListKeysJson : JsonSerializerContext;
