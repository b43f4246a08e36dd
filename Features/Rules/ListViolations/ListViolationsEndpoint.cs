using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Rules.ListViolations;

/// <summary><c>GET /api/v1/admin/field-requirements/{field}/violations</c>: the live records that break what is required of a field.</summary>
internal static class ListViolationsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithName("ListViolations")
        .WithSummary("List the records that break a field's requirement")
        .WithDescription("In the order of the refs. They stay as they are until somebody writes them. Requires the permission to read the records too.")
        .TakesPage()
        .Produces<PageBody<Violation>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string field, IMediator mediator, CancellationToken cancellationToken)
    {
        var page = Page.Read(http.Request.Query);
        return page.Refusal ?? (await mediator.Send(new ListViolationsQuery(tenant, caller, field, page.Value), cancellationToken))
            .ToResult(body => ReadableJson.ToResult(body, ListViolationsJson.Default.PageBodyViolation));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Violation>))]
internal sealed partial class ListViolationsJson : JsonSerializerContext;
