using Carter;
using CrmImport.Features.Integrations.AddKey;
using CrmImport.Features.Integrations.EditIntegration;
using CrmImport.Features.Integrations.ListIntegrations;
using CrmImport.Features.Integrations.ListKeys;
using CrmImport.Features.Integrations.ReadIntegration;
using CrmImport.Features.Integrations.RevokeKey;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Integrations;

/// <summary>Integrations, which HTTP calls endpoints: what service accounts call through, from which addresses and by which keys (source: Neoserra).</summary>
public sealed class IntegrationsModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var endpoints = app.MapGroup("/api/v1/admin").WithTags("Endpoints").Needs(Permissions.IntegrationManage, Permissions.Admin).OnRecord(RecordTypes.Endpoint)
            .WithPath("id", "The endpoint's id");
        endpoints.MapGet("/endpoints", ListIntegrationsEndpoint.HandleAsync).DescribedBy(ListIntegrationsEndpoint.Describe);
        endpoints.MapPost("/endpoints", EditIntegrationEndpoint.CreateAsync).DescribedBy(EditIntegrationEndpoint.DescribeCreate);
        endpoints.MapGet("/endpoints/{id}", ReadIntegrationEndpoint.HandleAsync).DescribedBy(ReadIntegrationEndpoint.Describe);
        endpoints.MapPatch("/endpoints/{id}", EditIntegrationEndpoint.PatchAsync).DescribedBy(EditIntegrationEndpoint.DescribePatch);

        var keys = endpoints.MapGroup("/endpoints/{id}").OnRecord(RecordTypes.AccessKey).WithPath("keyId", "The key's id");
        keys.MapGet("/keys", ListKeysEndpoint.HandleAsync).DescribedBy(ListKeysEndpoint.Describe);
        keys.MapPost("/keys", AddKeyEndpoint.HandleAsync).DescribedBy(AddKeyEndpoint.Describe);
        keys.MapPost("/keys/{keyId}/revoke", RevokeKeyEndpoint.HandleAsync).DescribedBy(RevokeKeyEndpoint.Describe);
    }
}
