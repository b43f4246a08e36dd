using CrmImport.Infrastructure.Database;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>
/// Hears, over a connection of its own, of changes that other replicas or people make to a database's accounts, sessions and lists.
/// Every second it is sent a pulse over a second connection, in the way of the changes: a change is heard within milliseconds, or at the latest 3 seconds after it
/// the listener is known to be deaf and nothing remembered counts.
/// </summary>
internal sealed class ChangeListener(DatabasePool db, IReadOnlyList<DatabasePool> pools, string database, ILogger logger) : IAsyncDisposable
{
    private const string Channel = "crmimport";
    private const string PulseKind = "pulse";

    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DeafAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan BrokenAfter = TimeSpan.FromSeconds(6);

    private readonly CancellationTokenSource stopping = new();
    private Task listening = Task.CompletedTask;
    private long lastPulse = long.MinValue;
    private bool isLost;

    /// <summary>A change: what kind of record, and its key; both empty when anything may have changed.</summary>
    public event Action<string, string>? Changed;

    public bool IsHearing => Environment.TickCount64 - Interlocked.Read(ref lastPulse) is >= 0 and var since && since < DeafAfter.TotalMilliseconds;

    public void Start() => listening = ListenAsync(stopping.Token);

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await listening;
        stopping.Dispose();
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync(cancellationToken);
            }
            catch (Exception exception)
            {
                // Whatever it was: a listener that died would leave its replica deaf, and one that throws would stop the shut-down.
                Interlocked.Exchange(ref lastPulse, long.MinValue);
                if (!cancellationToken.IsCancellationRequested)
                {
                    await LoseAsync(exception);
                    await Task.Delay(Pulse, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }
    }

    // Connections opened before the server went are of no use to the next caller. One that hangs says nothing to those who wait for it either:
    // they are spared the waiting. Any word of the server's ends that.
    private async Task LoseAsync(Exception exception)
    {
        if (!isLost)
        {
            logger.LogWarning("{Database}: change notifications lost ({Reason}); caching is off until they resume", database, exception.Message);
        }

        isLost = true;
        foreach (var pool in pools)
        {
            pool.DropIdle();
            await (exception is NpgsqlException { InnerException: TimeoutException } ? pool.GiveUpAsync()
                : exception is PostgresException ? pool.TakeBackAsync()
                : Task.CompletedTask);
        }
    }

    private async Task FindAsync()
    {
        await Task.WhenAll(pools.Select(pool => pool.TakeBackAsync()));
        if (isLost)
        {
            logger.LogInformation("{Database}: change notifications resumed", database);
        }

        isLost = false;
    }

    private async Task ListenOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenDirectlyAsync(cancellationToken);
        var pulse = new HeardPulse($"{Guid.NewGuid():N}");
        connection.Notification += (_, notice) =>
        {
            if (notice.Payload.Split(':', 2) is not [var kind, var key])
            {
                return;
            }

            if (kind != PulseKind)
            {
                Changed?.Invoke(kind, key);
            }
            else if (key == pulse.Id)
            {
                Interlocked.Exchange(ref lastPulse, pulse.SentAt);
                pulse.HeardAt = Environment.TickCount64;
            }
        };
        await connection.ExecuteAsync(new CommandDefinition($"listen {Channel}", cancellationToken: cancellationToken));
        await FindAsync();
        Changed?.Invoke("", ""); // whatever changed while nobody listened
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var beating = BeatAsync(pulse, ending);
        try
        {
            while (true)
            {
                await connection.WaitAsync(ending.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await beating; // it says why
        }
        finally
        {
            await ending.CancelAsync();
            await beating.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // By a notification, since waiting with a time limit, or breaking it off, throws within the driver each time. Without a flush: an idle database stays idle.
    private async Task BeatAsync(HeardPulse pulse, CancellationTokenSource ending)
    {
        try
        {
            await using var connection = await db.OpenDirectlyAsync(ending.Token);
            using var timer = new PeriodicTimer(Pulse);
            do
            {
                pulse.SentAt = Environment.TickCount64;
                await connection.ExecuteAsync(new CommandDefinition(
                    $"select set_config('synchronous_commit', 'off', true), pg_notify('{Channel}', '{PulseKind}:{pulse.Id}')", commandTimeout: (int)HangsAfter.TotalSeconds, cancellationToken: ending.Token));
                if (pulse.SentAt - pulse.HeardAt > BrokenAfter.TotalMilliseconds)
                {
                    throw new NpgsqlException("The connection that listens for changes hears nothing"); // though the server answers
                }
            }
            while (await timer.WaitForNextTickAsync(ending.Token));
        }
        finally
        {
            await ending.CancelAsync();
        }
    }

    /// <summary>What one connection has heard of the pulses sent to it.</summary>
    private sealed class HeardPulse(string id)
    {
        public string Id => id;

        public long SentAt { get; set; } = Environment.TickCount64;

        public long HeardAt { get; set; } = Environment.TickCount64;
    }
}
