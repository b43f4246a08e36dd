using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Integrations.EditIntegration;

/// <summary><c>POST /api/v1/admin/endpoints</c> and <c>PATCH /api/v1/admin/endpoints/{id}</c>: what service accounts call through (source: Neoserra).</summary>
internal static class EditIntegrationEndpoint
{
    private const string Route = "/api/v1/admin/endpoints";

    public static void DescribeCreate(RouteHandlerBuilder route) => route
        .WithName("CreateEndpoint")
        .WithSummary("Create an endpoint")
        .WithDescription(
            """
            The service assigns the id. A name that is taken (case-insensitive) is 409 endpoint_exists. An endpoint without allowed addresses gets a warning: calls from any address are allowed.
            A caller with integration:manage but not admin can only create endpoints for accounts whose permissions it has itself.
            """)
        .TakesRecord(IntegrationFields.Integration)
        .TakesSelection(IntegrationFields.List)
        .TakesWriteConditions()
        .AnswersWrite<Integration>(mayCreate: true);

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .WithName("PatchEndpoint")
        .WithSummary("Change parts of an endpoint")
        .WithDescription("A JSON object is a merge patch (RFC 7396), an array a JSON Patch (RFC 6902) on the endpoint as GET returns it; id and history can be tested but not changed. Its keys follow immediately.")
        .TakesPatch(IntegrationFields.Integration, "name", "Web shop")
        .TakesSelection(IntegrationFields.List)
        .TakesWriteConditions()
        .AnswersWrite<Integration>();

    public static async Task<IResult> CreateAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadCreateAsync(http, IntegrationFields.Integration, $"{Guid.CreateVersion7()}", cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditIntegrationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> PatchAsync(
        HttpContext http, Tenant tenant, Caller caller, string id, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, IntegrationFields.Integration, [id], cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditIntegrationCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }
}
