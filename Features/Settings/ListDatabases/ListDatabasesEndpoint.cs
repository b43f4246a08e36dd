using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Settings.ListDatabases;

/// <summary><c>GET /api/v1/admin/databases</c>: the caller's own database; which others there are is nobody's to learn.</summary>
internal static class ListDatabasesEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List databases")
        .WithDescription("Only the credential's own database: its schema version and the newest one this service knows, its server version, its size on disk.")
        .TakesPage()
        .Produces<PageBody<DatabaseItem>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var page = Page.Read(http.Request.Query);
        return page.Refusal ?? (await mediator.Send(new ListDatabasesQuery(tenant, page.Value), cancellationToken))
            .ToResult(body => ReadableJson.ToResult(body, ListDatabasesJson.Default.PageBodyDatabaseItem));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<DatabaseItem>))]
internal sealed partial class ListDatabasesJson : JsonSerializerContext;
