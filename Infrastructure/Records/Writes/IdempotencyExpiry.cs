using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>Deletes the answers kept under idempotency keys once they are old enough: at start, then every hour.</summary>
internal sealed class IdempotencyExpiry(Housekeeping housekeeping, IOptions<WriteQueueOptions> options, TimeProvider clock) : BackgroundService
{
    private const int BatchRows = 1000;

    // In batches: one delete of a day's answers would hold its locks, and keep vacuum away, for as long as it takes.
    private const string Delete =
        """
        delete from idempotency_record
        where (account_id, key) in (select account_id, key from idempotency_record where at < @Before order by at limit @BatchRows for update skip locked)
        """;

    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Deletes what is older than <c>Writes:IdempotencyHours</c>; returns how many there were.</summary>
    public async Task<int> DeleteExpiredAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        var parameters = new { Before = clock.GetUtcNow().UtcDateTime.AddHours(-options.Value.IdempotencyHours), BatchRows };
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        for (var total = 0; ;)
        {
            var deleted = await connection.ExecuteAsync(new CommandDefinition(Delete, parameters, cancellationToken: cancellationToken));
            total += deleted;
            if (deleted < BatchRows)
            {
                return total;
            }
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        housekeeping.RunAsync("old idempotency keys could not be deleted", Period, DeleteExpiredAsync, stoppingToken);
}
