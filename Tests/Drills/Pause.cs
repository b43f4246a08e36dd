using System.Diagnostics;

namespace CrmImport.Drills;

/// <summary>Lets time pass.</summary>
internal static class Pause
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    public static async Task ForAsync(TimeSpan time)
    {
        using var timer = new PeriodicTimer(time);
        await timer.WaitForNextTickAsync();
    }

    /// <summary>False where it did not come about in that time.</summary>
    public static async Task<bool> UntilAsync(Func<Task<bool>> isSo, TimeSpan patience)
    {
        using var timer = new PeriodicTimer(Step);
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < patience; await timer.WaitForNextTickAsync())
        {
            if (await isSo())
            {
                return true;
            }
        }

        return false;
    }

    public static Task<bool> UntilAsync(Func<bool> isSo, TimeSpan patience) => UntilAsync(() => Task.FromResult(isSo()), patience);
}
