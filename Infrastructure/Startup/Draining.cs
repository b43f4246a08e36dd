using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Between the signal to stop and the end of listening: the service is not ready any more, asks its clients to close their connections, and still answers for a while.</summary>
internal sealed partial class Draining(IOptions<ShutdownOptions> options, ILogger<Draining> logger) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        LogStopping(options.Value.DelaySeconds);
        await Task.Delay(TimeSpan.FromSeconds(options.Value.DelaySeconds), cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        LogStopped();
        return Task.CompletedTask;
    }

    [LoggerMessage(LogLevel.Information, "CrmImport is stopping; it takes requests for another {Seconds} seconds")]
    private partial void LogStopping(int seconds);

    [LoggerMessage(LogLevel.Information, "CrmImport has stopped")]
    private partial void LogStopped();
}
