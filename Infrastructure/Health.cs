using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database.Migrations;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Infrastructure;

/// <summary><c>/health/live</c>: the process answers. <c>/health/ready</c>: every database answers and has this service's schema.</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        var health = app.MapGroup("/health").Open().WithTags("Health");
        health.MapGet("/live", () => TypedResults.Bytes(Envelope.Success, Envelope.ContentType)).WithName("Live").WithSummary("Whether the process answers");
        health.MapGet("/ready", ReadyAsync).WithName("Ready").WithSummary("Whether every database answers");
    }

    private static async Task<IResult> ReadyAsync(Tenants tenants, CancellationToken cancellationToken)
    {
        foreach (var tenant in tenants.All)
        {
            if (!await IsReadyAsync(tenant, cancellationToken))
            {
                return new Refusal(ApiErrors.DatabaseUnavailable, "A database is not ready") { RetryAfterSeconds = 2 };
            }
        }

        return TypedResults.Bytes(Envelope.Success, Envelope.ContentType);
    }

    private static async Task<bool> IsReadyAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        try
        {
            return await Migrator.AppliedAsync(tenant.Db, cancellationToken) >= Migrator.Newest;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
