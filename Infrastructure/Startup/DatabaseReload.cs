using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Every two seconds: reads the secret files again, serves the databases that are configured then, and logs which are not ready. What is wrong is logged once, and changes nothing.</summary>
internal sealed class DatabaseReload(DatabaseStartup databases, Tenants tenants, SecretFiles secrets, TimeProvider clock, ILogger<DatabaseReload> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(2);

    private string loggedFault = "";
    private string loggedNotReady = "";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var fault = await ReloadAsync(stoppingToken);
            if (fault.Length > 0 && fault != loggedFault)
            {
                logger.LogError("The databases that are served stay as they are: {Reason}", fault);
            }

            loggedFault = fault;
            LogNotReady(string.Join(", ", tenants.NotReady));
        }
    }

    private void LogNotReady(string notReady)
    {
        if (notReady.Length > 0 && notReady != loggedNotReady)
        {
            logger.LogWarning("Not ready: {Databases}; /health/ready is 503", notReady);
        }
        else if (notReady.Length == 0 && loggedNotReady.Length > 0)
        {
            logger.LogInformation("Every database is ready");
        }

        loggedNotReady = notReady;
    }

    private async Task<string> ReloadAsync(CancellationToken stoppingToken)
    {
        try
        {
            secrets.Refresh();
            await databases.ReloadAsync(stoppingToken);
            return string.Join(' ', secrets.Unreadable.Select(secret => secret.Fault));
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return exception.Message; // settings that are wrong, or an embedded server that is just starting again
        }
    }
}
