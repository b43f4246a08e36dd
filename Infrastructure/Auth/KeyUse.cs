using System.Collections.Concurrent;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Notes when access keys were last used, and writes that down every ten seconds and at stop: a request must not wait for it.</summary>
internal sealed class KeyUse(TimeProvider clock, ILogger<KeyUse> logger) : BackgroundService
{
    /// <summary>More keys than these at a time are not noted: the time is for people who look for keys that are used no more.</summary>
    private const int MaxNoted = 100_000;

    // Locked in the order of their ids first: two replicas write down the same keys.
    private const string Write =
        """
        update access_key k
        set last_used_at = used.at
        from (
            select own.key_id, noted.at
            from unnest(@KeyIds, @Times) as noted (key_id, at)
            join access_key own on own.key_id = noted.key_id
            where own.last_used_at is null or own.last_used_at < noted.at
            order by own.key_id
            for no key update of own
        ) used
        where k.key_id = used.key_id
        """;

    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(Tenant Tenant, string KeyId), long> noted = new();

    public void Note(LiveKey key)
    {
        var now = clock.GetUtcNow().Ticks;
        var name = (key.Tenant, key.KeyId);
        if (noted.TryGetValue(name, out var before) ? now - before >= TimeSpan.TicksPerSecond : noted.Count < MaxNoted)
        {
            noted[name] = now;
        }
    }

    /// <summary>Writes down what was noted. A database that cannot be reached has it written the next time.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        foreach (var uses in noted.ToArray().GroupBy(use => use.Key.Tenant))
        {
            try
            {
                await WriteAsync(uses.Key, [.. uses.Select(use => (use.Key.KeyId, use.Value))], cancellationToken);
                foreach (var use in uses)
                {
                    noted.TryRemove(use); // unless it was used again meanwhile
                }
            }
            catch (ObjectDisposedException)
            {
                foreach (var use in uses)
                {
                    noted.TryRemove(use.Key, out _); // its database was removed
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogWarning("{Database}: last use of access keys could not be stored ({Reason}); retrying in ten seconds", uses.Key.Name, exception.Message);
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await FlushAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await FlushAsync(stoppingToken);
        }
    }

    private static async Task WriteAsync(Tenant tenant, (string KeyId, long Ticks)[] uses, CancellationToken cancellationToken)
    {
        var parameters = new { KeyIds = Array.ConvertAll(uses, use => use.KeyId), Times = Array.ConvertAll(uses, use => new DateTime(use.Ticks, DateTimeKind.Utc)) };
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(Write, parameters, cancellationToken: cancellationToken));
    }
}
