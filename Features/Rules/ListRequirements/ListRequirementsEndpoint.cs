using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ListRequirements;

/// <summary><c>GET /api/v1/admin/field-requirements</c>: what a database demands of each field (source: Neoserra, Field Requirements).</summary>
internal static class ListRequirementsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ListFieldRequirements")
        .WithSummary("List what is required of fields")
        .WithDescription("Every field of contacts, clients and locations, ordered by its name unless orderBy is given; version is 0 where nobody has changed anything.")
        .TakesList(RequirementFields.List, "field begins 'contact.' and mandatory eq true")
        .Produces<PageBody<Requirement>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, RequirementFields.List);
        return list.Refusal ?? (await mediator.Send(new ListRequirementsQuery(tenant, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListRequirementsJson.Default.PageBodyRequirement, ListRequirementsJson.Default.Requirement));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Requirement>))]
internal sealed partial class ListRequirementsJson : JsonSerializerContext;
