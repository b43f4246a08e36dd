using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Audit.ListAudit;

/// <summary><c>GET /api/v1/audit</c>: who changed what, and what was refused, when and from where, newest first (sources: Neoserra, InTouch).</summary>
internal static class ListAuditEndpoint
{
    private static readonly string[] Columns =
    [
        "id", "at", "account", "kind", "address", "method", "route", "status", "outcome", "recordType", "clientRef", "contactRef", "locationRef", "recordRef", "changes", "importId", "traceId",
    ];

    public static void Describe(RouteHandlerBuilder route)
    {
        route
            .WithSummary("List changes and refused calls")
            .WithDescription(
                "Newest first. changes has each changed field with its value before and after. All filters must match; an empty filter is ignored. nextCursor leads to the "
                + $"next page, which is stable while entries arrive. Accept: {ExportFormat.LinesType} or {ExportFormat.CsvType} exports every entry that matches, regardless of the page.")
            .TakesQuery("kind", "Only what people did, or what programs did", AuditFilter.Kinds)
            .TakesPage()
            .TakesQuery(AuditCursor.Parameter, "The nextCursor of the previous page, with the same filters; cannot be combined with position")
            .Produces<AuditPage>()
            .Exports<AuditEntry>();
        foreach (var (name, description) in AuditFilter.Parameters)
        {
            route.TakesQuery(name, description);
        }
    }

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var query = http.Request.Query;
        var problems = new List<Problem>();
        var filter = AuditFilter.Read(query, problems);
        var page = Page.Read(query, problems);
        var beforeId = AuditCursor.Read(tenant.Name, query, problems);
        if (problems.Count > 0)
        {
            return Refusal.Of(problems);
        }

        if (ExportFormat.Of(http.Request) is { } format)
        {
            return await Export<AuditEntry>.StartAsync(format, "audit", Columns, (json, entry) => JsonSerializer.Serialize(json, entry, AuditJson.Default.AuditEntry), ReadAsync);
        }

        var answer = await mediator.Send(new ListAuditQuery(tenant, caller, filter, page, beforeId, IsCounted: true), cancellationToken);
        return answer.ToResult(part => ReadableJson.ToResult(
            new AuditPage(
                part.Total,
                beforeId is null ? page.Position : null,
                page.Size,
                part.HasMore ? AuditCursor.Write(part.Items[^1].Id, tenant.Name, query) : null,
                part.Items),
            AuditJson.Default.AuditPage));

        async Task<Answer<ExportPart<AuditEntry>>> ReadAsync(AuditEntry? last)
        {
            var part = await mediator.Send(new ListAuditQuery(tenant, caller, filter, new Page(0, Page.MaxSize), last?.Id, IsCounted: false), cancellationToken);
            return part.Refusal is { } refusal ? refusal : new ExportPart<AuditEntry>(part.Value.Items, part.Value.HasMore);
        }
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJson : JsonSerializerContext;
