using System.Collections.Concurrent;
using System.Diagnostics;

namespace CrmImport.Drills;

/// <summary>Every write sent and every response to it. Moments are those of <see cref="Stopwatch.GetTimestamp"/>.</summary>
internal sealed class WriteHistory
{
    private readonly ConcurrentQueue<SentWrite> writes = new();
    private readonly ConcurrentQueue<string> unexpected = new();
    private readonly Attempts acknowledged = new();
    private readonly Attempts refused = new();
    private readonly Attempts broken = new();
    private int serial;

    public IReadOnlyCollection<SentWrite> Writes => writes;

    /// <summary>Responses that should not occur, as text.</summary>
    public IReadOnlyCollection<string> Unexpected => unexpected;

    public int NextSerial() => Interlocked.Increment(ref serial);

    public void Add(SentWrite write) => writes.Enqueue(write);

    public void AddAcknowledged(long began) => acknowledged.Add(began);

    /// <summary>A 503 or 429 with Retry-After.</summary>
    public void AddRefused(long began) => refused.Add(began);

    /// <summary>An attempt whose connection was refused, or broke before the response.</summary>
    public void AddBroken(long began) => broken.Add(began);

    public void AddUnexpected(string text) => unexpected.Enqueue(text);

    /// <summary>How many attempts that began after that moment were acknowledged.</summary>
    public int AcknowledgedSince(long moment) => acknowledged.EndedSince(moment).Count(attempt => attempt.Began > moment);

    /// <summary>How long each attempt that began after that moment took to be refused.</summary>
    public TimeSpan[] RefusedSince(long moment) =>
        [.. refused.EndedSince(moment).Where(attempt => attempt.Began > moment).Select(attempt => Stopwatch.GetElapsedTime(attempt.Began, attempt.Ended))];

    /// <summary>Attempts in progress at that moment that got no response.</summary>
    public int BrokenAcross(long moment) => broken.EndedSince(moment).Count(attempt => attempt.Began < moment);

    /// <summary>From that moment to the end of the longest period without an acknowledgement after it.</summary>
    public TimeSpan RecoveryFrom(long moment)
    {
        long[] ends = [moment, .. acknowledged.EndedSince(moment).Select(attempt => attempt.Ended).Order()];
        return Stopwatch.GetElapsedTime(moment, ends.Zip(ends.Skip(1)).MaxBy(gap => gap.Second - gap.First).Second);
    }

    /// <summary>Attempts in the order of their ends.</summary>
    private sealed class Attempts
    {
        private readonly List<(long Began, long Ended)> all = [];

        public void Add(long began)
        {
            lock (all)
            {
                all.Add((began, Stopwatch.GetTimestamp()));
            }
        }

        public (long Began, long Ended)[] EndedSince(long moment)
        {
            lock (all)
            {
                return [.. all.Skip(all.FindLastIndex(attempt => attempt.Ended <= moment) + 1)];
            }
        }
    }
}
