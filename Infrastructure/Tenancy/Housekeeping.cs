using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Work to be done now and then in every open database: at start, and after each period. One that cannot be reached has it done the next time.</summary>
internal sealed class Housekeeping(Tenants tenants, TimeProvider clock, ILogger<Housekeeping> logger)
{
    /// <param name="what">What is not done where a database cannot be reached, for the log.</param>
    public async Task RunAsync(string what, TimeSpan period, Func<Tenant, CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(period, clock);
        do
        {
            foreach (var tenant in tenants.All)
            {
                await TryAsync(what, tenant, work, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryAsync(string what, Tenant tenant, Func<Tenant, CancellationToken, Task> work, CancellationToken stoppingToken)
    {
        try
        {
            await work(tenant, stoppingToken);
        }
        catch (Exception exception) when (exception is NpgsqlException or ObjectDisposedException) // away, or removed meanwhile
        {
            logger.LogWarning("{Database}: {What} ({Reason}); retrying later", tenant.Name, what, exception.Message);
        }
    }
}
