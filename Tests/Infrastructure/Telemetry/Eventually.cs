using System.Diagnostics;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>Waits for what another process, or a thread of its own, brings about in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    /// <summary>The first answer that is not null; after three minutes the test fails with what was said about it.</summary>
    public static async Task<T> GetAsync<T>(Func<Task<T?>> ask, Func<string> otherwise)
        where T : class
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var watch = Stopwatch.StartNew(); watch.Elapsed < Patience;)
        {
            if (await ask() is { } answer)
            {
                return answer;
            }

            await timer.WaitForNextTickAsync();
        }

        throw new AssertionException(otherwise());
    }

    public static Task<T> GetAsync<T>(Func<T?> ask, Func<string> otherwise)
        where T : class => GetAsync(() => Task.FromResult(ask()), otherwise);
}
