using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Audit;

/// <summary>Deletes the entries of refused calls that are older than <c>Audit:RefusedDays</c>: at start, then every hour. No entry of a change is ever deleted.</summary>
internal sealed class RefusedCallExpiry(Housekeeping housekeeping, IOptions<AuditOptions> options, TimeProvider clock) : BackgroundService
{
    private const int BatchRows = 1000;

    // The oldest by id are the oldest by time, but for those that were stored at the same moment.
    private const string Delete =
        """
        delete from audit_entry
        where id in (
            select id
            from (select id, at from audit_entry where outcome like 'refused: %' order by id limit @BatchRows) as oldest
            where at < @Before
        )
        """;

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Deletes the refused calls before that time, in batches; returns how many there were.</summary>
    public static async Task<int> DeleteAsync(Tenant tenant, DateTime before, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        for (var total = 0; ;)
        {
            var deleted = await connection.ExecuteAsync(new CommandDefinition(Delete, new { Before = before, BatchRows }, cancellationToken: cancellationToken));
            total += deleted;
            if (deleted < BatchRows)
            {
                return total;
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => options.Value.RefusedDays == 0
        ? Task.CompletedTask
        : housekeeping.RunAsync(
            "old audit entries of refused calls could not be deleted", Period, (tenant, token) => DeleteAsync(tenant, clock.GetUtcNow().UtcDateTime.AddDays(-options.Value.RefusedDays), token), stoppingToken);
}
