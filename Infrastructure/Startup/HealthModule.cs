using Carter;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Startup;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: every database has this service's schema, answered a moment ago and takes writes.</summary>
public sealed class HealthModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").Open().WithTags("Health");
        health.MapGet("/live", () => TypedResults.Bytes(Envelope.Success, Envelope.ContentType)).WithName("Live").WithSummary("Whether the process is running").WithDescription("Says nothing of the databases: for an orchestrator that restarts what hangs.").Produces<SuccessBody>();
        health.MapGet("/ready", Ready).WithName("Ready").WithSummary("Whether every database is reachable").WithDescription("503 until all are, and while the service stops: for load balancers.").Produces<SuccessBody>();
    }

    // Does not query the databases, so frequent probes are cheap and a hanging database does not delay the answer.
    private static IResult Ready(Tenants tenants, IHostApplicationLifetime lifetime) =>
        lifetime.ApplicationStopping.IsCancellationRequested ? new Refusal(ApiErrors.Stopping, "The service is stopping")
        : tenants.AreReady ? TypedResults.Bytes(Envelope.Success, Envelope.ContentType)
        : new Refusal(ApiErrors.DatabaseUnavailable, "A database is not ready") { RetryAfterSeconds = 2 };
}
