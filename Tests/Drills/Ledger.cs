using System.Collections.Concurrent;
using System.Diagnostics;

namespace CrmImport.Drills;

/// <summary>All that the writers sent and were told. Moments are those of <see cref="Stopwatch.GetTimestamp"/>.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentQueue<SentWrite> writes = new();
    private readonly ConcurrentQueue<(long Began, long Ended)> acknowledged = new();
    private readonly ConcurrentQueue<(long Began, long Ended)> refused = new();
    private readonly ConcurrentQueue<(long Began, long Ended)> broken = new();
    private readonly ConcurrentQueue<string> wrong = new();
    private int serial;

    public IReadOnlyCollection<SentWrite> Writes => writes;

    /// <summary>Answers that should not have been, in words.</summary>
    public IReadOnlyCollection<string> Wrong => wrong;

    public int NextSerial() => Interlocked.Increment(ref serial);

    public void Add(SentWrite write) => writes.Enqueue(write);

    public void Acknowledge(long began) => acknowledged.Enqueue((began, Stopwatch.GetTimestamp()));

    /// <summary>A 503 or 429 that says when to come again.</summary>
    public void Refuse(long began) => refused.Enqueue((began, Stopwatch.GetTimestamp()));

    /// <summary>An attempt whose connection was refused, or broke before the answer.</summary>
    public void AddBroken(long began) => broken.Enqueue((began, Stopwatch.GetTimestamp()));

    public void AddWrong(string text) => wrong.Enqueue(text);

    /// <summary>Attempts that began after that moment and were acknowledged.</summary>
    public int AcknowledgedSince(long moment) => acknowledged.Reverse().TakeWhile(attempt => attempt.Ended > moment).Count(attempt => attempt.Began > moment);

    /// <summary>How long attempts that began after that moment waited for their refusal.</summary>
    public TimeSpan[] RefusedSince(long moment) =>
        [.. refused.Reverse().TakeWhile(attempt => attempt.Ended > moment).Where(attempt => attempt.Began > moment).Select(attempt => Stopwatch.GetElapsedTime(attempt.Began, attempt.Ended))];

    /// <summary>Attempts that were under way at that moment and had no answer.</summary>
    public int BrokenAcross(long moment) => broken.Count(attempt => attempt.Began < moment && attempt.Ended > moment);

    /// <summary>From that moment to the end of the longest time without an acknowledgement after it.</summary>
    public TimeSpan RecoveryFrom(long moment)
    {
        long[] ends = [moment, .. acknowledged.Select(attempt => attempt.Ended).Where(ended => ended > moment).Order()];
        return Stopwatch.GetElapsedTime(moment, ends.Zip(ends.Skip(1)).MaxBy(gap => gap.Second - gap.First).Second);
    }
}
