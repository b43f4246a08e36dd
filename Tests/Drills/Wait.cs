using System.Diagnostics;

namespace CrmImport.Drills;

/// <summary>Waits for a time, or for a condition.</summary>
internal static class Wait
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    public static async Task ForAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }

    /// <summary>False if it did not become true in time.</summary>
    public static async Task<bool> UntilAsync(Func<Task<bool>> condition, TimeSpan timeout)
    {
        using var timer = new PeriodicTimer(Step);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < timeout; await timer.WaitForNextTickAsync())
        {
            if (await condition())
            {
                return true;
            }
        }

        return false;
    }

    public static Task<bool> UntilAsync(Func<bool> condition, TimeSpan timeout) => UntilAsync(() => Task.FromResult(condition()), timeout);
}
