using System.Threading.RateLimiting;

namespace CrmImport.Infrastructure.Http;

/// <summary>
/// Parses large bodies a few at a time, on half of the processors: the others stay for everybody else, whose requests would stand behind them in the
/// thread pool. A turn begins when the body has arrived, so a slow sender holds none.
/// </summary>
internal sealed class LargeBodies : IDisposable
{
    /// <summary>Least bytes of a large body: some hundred locations, about a millisecond of parsing.</summary>
    public const int MinBytes = 64 * 1024;

    /// <summary>Most large bodies that wait, each in memory.</summary>
    public const int MaxWaiting = 100;

    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = Math.Max(1, Environment.ProcessorCount / 2), QueueLimit = MaxWaiting });

    /// <summary>The turn of a body of that many bytes, to be disposed of when it is parsed; null where too many wait.</summary>
    public async ValueTask<IDisposable?> WaitAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytes < MinBytes)
        {
            return FreeTurn.Instance;
        }

        var turn = await turns.AcquireAsync(1, cancellationToken);
        return turn.IsAcquired ? turn : null;
    }

    public void Dispose() => turns.Dispose();

    /// <summary>The turn of a small body, which takes none.</summary>
    private sealed class FreeTurn : IDisposable
    {
        public static readonly FreeTurn Instance = new();

        public void Dispose()
        {
        }
    }
}
