using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.Imports.Running;

/// <summary>
/// Carries out the imports of every database: those that wait, and those whose replica gave no sign of life for a while. At stop, each is left between two chunks, for
/// another replica or the next start.
/// </summary>
internal sealed class ImportRunner(
    Tenants tenants, ContactWriter writer, IMediator mediator, ImportTurns turns, IOptions<ImportsOptions> limits, CrmMetrics metrics, TimeProvider clock, ILogger<ImportRunner> logger) : BackgroundService
{
    /// <summary>How long an import that nobody told of may wait: whoever adds one tells.</summary>
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(3);

    /// <summary>How often in a row an import may fail at the same row, other than by the database, before it is given up.</summary>
    private const int MostFailures = 3;

    private readonly ConcurrentDictionary<Guid, Task> running = [];
    private readonly ConcurrentDictionary<Guid, (long Row, int Times)> failures = [];
    private readonly ConditionalWeakTable<Tenant, StrongBox<(int Running, int Waiting)>> open = [];
    private readonly ConditionalSubscription subscription = new();
    private readonly SemaphoreSlim told = new(0);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        metrics.ObserveImports(tenant => open.TryGetValue(tenant, out var counts) ? counts.Value : default);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            foreach (var tenant in tenants.All)
            {
                subscription.Subscribe(tenant, OnChanged);
                await ClaimAllAsync(tenant, stoppingToken);
            }

            await ((Task)told.WaitAsync(Period, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(running.Values);
    }

    private void OnChanged(string kind, string key)
    {
        if (kind is "import" && told.CurrentCount == 0)
        {
            told.Release();
        }
    }

    private async Task ClaimAllAsync(Tenant tenant, CancellationToken stoppingToken)
    {
        try
        {
            var claim = Guid.NewGuid();
            while (await ImportStore.ClaimAsync(tenant, claim, limits.Value, clock.DatabaseNow(), stoppingToken) is { } import)
            {
                running[claim] = RunAsync(tenant, import, claim, stoppingToken);
                claim = Guid.NewGuid();
            }

            open.GetOrCreateValue(tenant).Value = await ImportStore.CountAsync(tenant, stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogDebug(exception, "{Database}: imports cannot be looked for", tenant.Name);
        }
        catch (OperationCanceledException)
        {
            // at stop
        }
    }

    private async Task RunAsync(Tenant tenant, ImportTable import, Guid claim, CancellationToken stoppingToken)
    {
        await Task.Yield();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        var renewing = Task.CompletedTask;
        try
        {
            IImportRun run = import.UndoOf is null
                ? new ImportRun(tenant, import, claim, limits.Value, writer, turns, metrics, clock)
                : new UndoRun(tenant, import, claim, limits.Value, writer, mediator, turns, clock);
            renewing = RenewAsync(tenant, import.ImportId, claim, run, ending);
            logger.LogInformation("{Database}: import {Import} begins at row {Row}", tenant.Name, import.ImportId, import.RowsRead + 1);
            if (await run.RunAsync(ending.Token))
            {
                logger.LogInformation("{Database}: import {Import} is over", tenant.Name, import.ImportId);
                failures.TryRemove(import.ImportId, out _);
                metrics.ImportEnded(tenant, run.EndState, clock.GetUtcNow().UtcDateTime - import.StartedAt!.Value);
            }
        }
        catch (LostClaimException)
        {
            logger.LogWarning("{Database}: import {Import} was taken over by another replica", tenant.Name, import.ImportId);
        }
        catch (Exception exception) when (exception is Npgsql.NpgsqlException or TimeoutException or RetryException)
        {
            logger.LogWarning(exception, "{Database}: import {Import} was interrupted and goes on later", tenant.Name, import.ImportId);
            await Task.Delay(Period, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            logger.LogError(exception, "{Database}: import {Import} failed after row {Row}", tenant.Name, import.ImportId, import.RowsRead);
            await GiveUpAsync(tenant, import, claim);
        }
        catch (OperationCanceledException)
        {
            // at stop
        }
        finally
        {
            await ending.CancelAsync();
            await renewing;
            await TryReleaseAsync(tenant, import.ImportId, claim);
            running.TryRemove(claim, out _);
            OnChanged("import", ""); // there is room for another
        }
    }

    // What fails again and again would do so for ever, and take the place of others.
    private async Task GiveUpAsync(Tenant tenant, ImportTable import, Guid claim)
    {
        var failure = failures.AddOrUpdate(import.ImportId, (import.RowsRead, 1), (_, before) => (import.RowsRead, before.Row == import.RowsRead ? before.Times + 1 : 1));
        if (failure.Times < MostFailures)
        {
            return;
        }

        try
        {
            await using var connection = await tenant.Db.OpenConnectionAsync(CancellationToken.None);
            var problem = FileProblem.Of(ApiErrors.Internal, $"The rows after row {import.RowsRead} cannot be carried out because of an error in the program; the service's log has it");
            await ImportStore.FinishAsync(connection, import.ImportId, claim, ImportStates.Failed, [problem], clock.DatabaseNow(), CancellationToken.None);
            failures.TryRemove(import.ImportId, out _);
        }
        catch (Exception exception) when (exception is Npgsql.NpgsqlException or ObjectDisposedException)
        {
            logger.LogDebug(exception, "{Database}: import {Import} cannot be given up yet", tenant.Name, import.ImportId);
        }
    }

    // Also while a chunk takes long: no other replica must think this one dead.
    private async Task RenewAsync(Tenant tenant, Guid importId, Guid claim, IImportRun run, CancellationTokenSource ending)
    {
        var takeOver = TimeSpan.FromSeconds(limits.Value.TakeOverSeconds);
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Min(1, takeOver.TotalSeconds / 3)), clock);
        try
        {
            while (await timer.WaitForNextTickAsync(ending.Token))
            {
                try
                {
                    run.IsCancelled |= await ImportStore.RenewAsync(tenant, importId, claim, takeOver, ending.Token) == true;
                }
                catch (Exception exception) when (exception is not OperationCanceledException)
                {
                    logger.LogDebug(exception, "{Database}: import {Import} cannot be renewed", tenant.Name, importId);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // the import is over, or the service stops
        }
    }

    private static async Task TryReleaseAsync(Tenant tenant, Guid importId, Guid claim)
    {
        try
        {
            await ImportStore.ReleaseAsync(tenant, importId, claim, CancellationToken.None);
        }
        catch (Exception exception) when (exception is Npgsql.NpgsqlException or ObjectDisposedException)
        {
            // the claim ends by itself
        }
    }

    /// <summary>Remembers which databases were subscribed to, without keeping them.</summary>
    private sealed class ConditionalSubscription
    {
        private readonly ConditionalWeakTable<Tenant, object> subscribed = [];

        public void Subscribe(Tenant tenant, Action<string, string> onChanged)
        {
            if (subscribed.TryAdd(tenant, new object()))
            {
                tenant.Changed += onChanged;
            }
        }
    }
}
