using Carter;
using CrmImport.Infrastructure.Callers;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The OpenAPI document.</summary>
public sealed class ApiDocumentModule : ICarterModule
{
    // Not by a name in the path: the framework answers an unknown one in plain text.
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapOpenApi(ApiDocument.DocumentPath).Open();
}
