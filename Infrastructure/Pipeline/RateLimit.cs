using System.Collections.Concurrent;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>The result for one request: whether it may pass, how many more may pass now, and after how many seconds all may again (or, if refused, the next one).</summary>
internal readonly record struct Quota(bool IsAllowed, int Remaining, int ResetSeconds, int RetrySeconds);

/// <summary>
/// A token bucket for each key, kept as one number: when the bucket would be full again (the generic cell rate algorithm). Not the framework's limiter:
/// this one returns what is left in the same step, uses the given clock, and has bounded memory.
/// </summary>
internal sealed class RateLimit<TKey>(int perMinute, TimeProvider clock)
    where TKey : notnull
{
    private const int MaxKeys = 100_000;

    private readonly ConcurrentDictionary<TKey, Bucket> buckets = [];
    private readonly double ticksPerRequest = clock.TimestampFrequency * 60.0 / perMinute;
    private readonly long window = clock.TimestampFrequency * 60;
    private int added;

    /// <summary>How many keys are remembered.</summary>
    public int Count => buckets.Count;

    public Quota Take(TKey key)
    {
        var now = clock.GetTimestamp();
        var bucket = buckets.TryGetValue(key, out var known) ? known : Add(key, now);
        while (true)
        {
            var before = Volatile.Read(ref bucket.FullAt);
            var missing = Math.Max(0, before - now);
            var after = missing + ticksPerRequest;
            if (after > window)
            {
                return new Quota(false, 0, Seconds(missing), Seconds(after - window));
            }

            if (Interlocked.CompareExchange(ref bucket.FullAt, now + (long)Math.Ceiling(after), before) == before)
            {
                return new Quota(true, (int)((window - after) / ticksPerRequest), Seconds(after), 0);
            }
        }
    }

    private int Seconds(double ticks) => (int)Math.Ceiling(ticks / clock.TimestampFrequency);

    private Bucket Add(TKey key, long now)
    {
        if (Interlocked.Increment(ref added) > MaxKeys)
        {
            DropFull(now);
        }

        return buckets.GetOrAdd(key, static _ => new Bucket());
    }

    // A full bucket is as good as none. If hardly any is full, all start over: a flood from so many addresses cannot be limited by address.
    private void DropFull(long now)
    {
        lock (buckets)
        {
            if (added <= MaxKeys)
            {
                return; // another thread was here
            }

            foreach (var (key, bucket) in buckets)
            {
                if (Volatile.Read(ref bucket.FullAt) <= now)
                {
                    buckets.TryRemove(key, out _);
                }
            }

            if (buckets.Count > MaxKeys / 2)
            {
                buckets.Clear();
            }

            added = buckets.Count;
        }
    }

    private sealed class Bucket
    {
        public long FullAt = long.MinValue / 2;
    }
}
