using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Audit;

/// <summary><c>GET /api/v1/audit</c>: who changed what, when and from where, newest first (sources: Neoserra, InTouch).</summary>
internal static class AuditEndpoint
{
    private static readonly string[] Filters = ["clientRef", "contactRef", "locationRef"];

    public static void MapAudit(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/audit", HandleAsync)
            .Needs(Permissions.AuditRead)
            .WithTags("Audit")
            .WithSummary("List changes")
            .WithDescription("Newest first. changes names each changed field with its value before and after. An empty filter is no filter.")
            .TakesQuery("clientRef", "Only entries that concern this client")
            .TakesQuery("contactRef", "Only entries of contacts with this ref")
            .TakesQuery("locationRef", "Only entries of locations with this ref")
            .TakesPage()
            .Produces<PageBody<AuditEntry>>();

    private static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        if (Filters.FirstOrDefault(name => query[name].Count > 1) is { } repeated)
        {
            return Refusal.Of(ApiErrors.InvalidParameter, repeated, $"{repeated} stands more than once");
        }

        var page = Page.Read(query);
        return page.Refusal ?? (await mediator.Send(
            new AuditQuery(tenant, Filter("clientRef"), Filter("contactRef"), Filter("locationRef"), page.Value), cancellationToken))
            .ToResult(body => TypedResults.Json(body, AuditJson.Default.PageBodyAuditEntry));

        string? Filter(string name) => query[name].ToString() is { Length: > 0 } text ? text : null;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<AuditEntry>))]
internal sealed partial class AuditJson : JsonSerializerContext;
