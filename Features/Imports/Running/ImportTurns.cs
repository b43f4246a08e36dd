using System.Threading.RateLimiting;

namespace CrmImport.Features.Imports.Running;

/// <summary>Two chunks at a time in a replica, in the order in which they came: so imports share fairly, and leave room for single writes.</summary>
internal sealed class ImportTurns : IDisposable
{
    private readonly ConcurrencyLimiter turns = new(new() { PermitLimit = 2, QueueLimit = int.MaxValue });

    public async ValueTask<IDisposable> TakeAsync(CancellationToken cancellationToken) => await turns.AcquireAsync(1, cancellationToken);

    public void Dispose() => turns.Dispose();
}
