namespace CrmImport.Infrastructure.Audit;

/// <summary>Allows so many a second on average, and a burst at once after a rest.</summary>
internal sealed class TokenBucket(double perSecond, int burst, TimeProvider clock)
{
    private readonly Lock gate = new();
    private double taken;
    private long drainedAt = clock.GetTimestamp();

    public bool TryTake()
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            taken = Math.Max(0, taken - (clock.GetElapsedTime(drainedAt, now).TotalSeconds * perSecond));
            drainedAt = now;
            var isFree = taken + 1 <= burst;
            taken += isFree ? 1 : 0;
            return isFree;
        }
    }
}
