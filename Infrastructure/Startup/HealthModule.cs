using Carter;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Infrastructure.Startup;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: every database has this service's schema, answered a moment ago and takes writes.</summary>
public sealed class HealthModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").Open().WithTags("Health");
        health.MapGet("/live", () => TypedResults.Bytes(Envelope.Success, Envelope.ContentType)).WithName("Live").WithSummary("Whether the process is running").WithDescription("Says nothing of the databases: for an orchestrator that restarts what hangs.").Produces<SuccessBody>();
        health.MapGet("/ready", ReadyAsync).WithName("Ready").WithSummary("Whether every database is reachable").WithDescription("503 until all are, and while the service stops: for load balancers. Callers with the permission admin are told which are not.").Produces<SuccessBody>().Produces(StatusCodes.Status503ServiceUnavailable);
    }

    // Does not query the databases, so frequent probes are cheap and a hanging database does not delay the answer.
    private static async Task<IResult> ReadyAsync(HttpContext http, Tenants tenants, Credentials credentials, IHostApplicationLifetime lifetime)
    {
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            return new Refusal(ApiErrors.Stopping, "The service is stopping");
        }

        var notReady = tenants.NotReady;
        return notReady.Count == 0
            ? TypedResults.Bytes(Envelope.Success, Envelope.ContentType)
            : new Refusal(ApiErrors.DatabaseUnavailable, await IsAdministratorAsync(http, credentials) ? $"Not ready: {string.Join(", ", notReady)}" : "A database is not ready") { RetryAfterSeconds = 2 };
    }

    // Which databases there are is for administrators only, and an administrator's credential may be of one that is away.
    private static async Task<bool> IsAdministratorAsync(HttpContext http, Credentials credentials)
    {
        try
        {
            return http.Request.Headers.Authorization.Count > 0 && await credentials.FindAsync(http) is { Refusal: null } access && access.Value.Caller.Can(Permissions.Admin);
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
