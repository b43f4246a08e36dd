using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ListCustomFields;

/// <summary><c>GET /api/v1/admin/custom-fields</c>: the fields that were added (source: Neoserra, custom fields).</summary>
internal static class ListCustomFieldsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ListCustomFields")
        .WithSummary("List the custom fields")
        .WithDescription("The fields that were added to contacts, clients and locations, retired ones too, ordered by name unless orderBy is given.")
        .TakesList(CustomFieldFields.Listed, "retired eq false and type eq 'list'")
        .Produces<PageBody<CustomFieldDefinition>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, CustomFieldFields.Listed);
        return list.Refusal ?? (await mediator.Send(new ListCustomFieldsQuery(tenant, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListCustomFieldsJson.Default.PageBodyCustomFieldDefinition, ListCustomFieldsJson.Default.CustomFieldDefinition));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<CustomFieldDefinition>))]
internal sealed partial class ListCustomFieldsJson : JsonSerializerContext;
