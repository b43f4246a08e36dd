using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.OpenApi;

namespace CrmImport.Features.Audit.ListAudit;

/// <summary><c>GET /api/v1/audit</c>: who changed what, and what was refused, when and from where, newest first (sources: Neoserra, InTouch).</summary>
internal static class ListAuditEndpoint
{
    private const int MaxAttempts = 60;

    public static void Describe(RouteHandlerBuilder route)
    {
        route
            .WithSummary("List changes and refused calls")
            .WithDescription(
                "Newest first. changes has each changed field with its value before and after. All filters must match; an empty filter is ignored. nextCursor leads to the "
                + $"next page, which is stable while entries arrive. Accept: {AuditFormat.Lines} or {AuditFormat.Csv} exports every entry that matches, regardless of the page.")
            .TakesQuery("kind", "Only what people did, or what programs did", AuditFilter.Kinds)
            .TakesPage()
            .TakesQuery(AuditCursor.Parameter, "The nextCursor of the previous page, with the same filters; cannot be combined with position")
            .Produces<AuditPage>()
            .AddOpenApiOperationTransformer(DescribeExportsAsync);
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

        if (AuditFormat.Of(http.Request) is { } format)
        {
            var first = await ReadAsync(null);
            return first.ToResult(part => new AuditExport(format, part, ReadAgainAsync));
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

        // Half-way through an export it is better to wait for one's turn than to break off.
        async Task<AuditPart> ReadAgainAsync(long id)
        {
            for (var attempt = 1; ; attempt++)
            {
                var part = await ReadAsync(id);
                if (part.Refusal?.RetryAfterSeconds is not { } seconds || attempt == MaxAttempts)
                {
                    return part.Value;
                }

                await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
            }
        }

        Task<Answer<AuditPart>> ReadAsync(long? id) => mediator.Send(new ListAuditQuery(tenant, caller, filter, new Page(0, Page.MaxSize), id, IsCounted: false), cancellationToken);
    }

    private static Task DescribeExportsAsync(OpenApiOperation operation, Microsoft.AspNetCore.OpenApi.OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        if (operation.Responses?["200"].Content is { } content)
        {
            content[AuditFormat.Lines] = new OpenApiMediaType { Schema = new OpenApiSchemaReference(SchemaNames.Of(typeof(AuditEntry)), context.Document) };
            content[AuditFormat.Csv] = new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } };
        }

        return Task.CompletedTask;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AuditPage))]
[JsonSerializable(typeof(AuditEntry))]
internal sealed partial class AuditJson : JsonSerializerContext;
