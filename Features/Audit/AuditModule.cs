using Carter;
using CrmImport.Features.Audit.ListAudit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Audit;

/// <summary>The audit: who changed what, and what was refused.</summary>
public sealed class AuditModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var audit = app.MapGroup("/api/v1").WithTags("Audit").Needs(Permissions.AuditRead);
        audit.MapGet("/audit", ListAuditEndpoint.HandleAsync).DescribedBy(ListAuditEndpoint.Describe);
    }
}
