using CrmImport.Infrastructure.Database;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>
/// Hears, over a connection of its own, of changes that other replicas or people make to a database's accounts, sessions and lists.
/// It asks every second whether the connection still stands: a change is heard within milliseconds, or at the latest 3 seconds after it
/// the listener is known to be deaf and nothing remembered counts.
/// </summary>
internal sealed class ChangeListener(DatabasePool db, string database, ILogger logger) : IAsyncDisposable
{
    private const string Channel = "crmimport";

    private static readonly TimeSpan Pulse = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DeafAfter = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan HangsAfter = TimeSpan.FromSeconds(2);

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
        db.DropIdle();
        await (exception is NpgsqlException { InnerException: TimeoutException } ? db.GiveUpAsync()
            : exception is PostgresException ? db.TakeBackAsync()
            : Task.CompletedTask);
    }

    private async Task FindAsync()
    {
        await db.TakeBackAsync();
        if (isLost)
        {
            logger.LogInformation("{Database}: change notifications resumed", database);
        }

        isLost = false;
    }

    private async Task ListenOnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await db.OpenDirectlyAsync(cancellationToken);
        connection.Notification += (_, notice) =>
        {
            if (notice.Payload.Split(':', 2) is [var kind, var key])
            {
                Changed?.Invoke(kind, key);
            }
        };
        await connection.ExecuteAsync(new CommandDefinition($"listen {Channel}", cancellationToken: cancellationToken));
        await FindAsync();
        Changed?.Invoke("", ""); // whatever changed while nobody listened
        while (true)
        {
            var asked = Environment.TickCount64;
            await connection.ExecuteAsync(new CommandDefinition("select 1", commandTimeout: (int)HangsAfter.TotalSeconds, cancellationToken: cancellationToken));
            Interlocked.Exchange(ref lastPulse, asked);
            await connection.WaitAsync(Pulse, cancellationToken);
        }
    }
}
