using System.Diagnostics;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>Starts the server again when it dies under the service; a server that keeps dying is tried ever more rarely.</summary>
internal sealed class PostgresSupervisor(PostgresServer server, ILogger logger)
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TrimInterval = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan MaxBackoff = TimeSpan.FromSeconds(30);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(CheckInterval);
        var sinceStart = Stopwatch.StartNew();
        var sinceTrim = Stopwatch.StartNew();
        var restarts = 0;
        while (await timer.WaitForNextTickAsync(stop))
        {
            if (!await server.IsRunningAsync())
            {
                restarts = sinceStart.Elapsed > Stable ? 0 : restarts;
                logger.LogWarning("The embedded PostgreSQL (process {ProcessId}) died; starting it again", server.ProcessId);
                await Task.Delay(Backoff(restarts++), stop);
                await RestartAsync(stop);
                sinceStart.Restart();
            }
            else if (sinceTrim.Elapsed > TrimInterval)
            {
                TrimLog();
                sinceTrim.Restart();
            }
        }
    }

    /// <summary>Nothing at first, then 1, 2, 4 … seconds.</summary>
    private static TimeSpan Backoff(int failures) =>
        failures == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(MaxBackoff.TotalSeconds, Math.Pow(2, failures - 1)));

    private async Task RestartAsync(CancellationToken stop)
    {
        for (var failures = 1; ; failures++)
        {
            try
            {
                await server.StartAsync(stop);
                logger.LogInformation("The embedded PostgreSQL runs again (process {ProcessId})", server.ProcessId);
                return;
            }
            catch (Exception exception) when (exception is not OperationCanceledException) // whatever it is: supervision goes on
            {
                logger.LogError("{Reason} Next try in {Delay}", exception.Message, Backoff(failures));
                await Task.Delay(Backoff(failures), stop);
            }
        }
    }

    private void TrimLog()
    {
        try
        {
            server.TrimLog();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            logger.LogWarning("Old log files of the embedded PostgreSQL stay: {Reason}", exception.Message);
        }
    }
}
