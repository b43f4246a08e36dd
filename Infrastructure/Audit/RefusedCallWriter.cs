using System.Runtime.CompilerServices;
using CrmImport.Infrastructure.Tenancy;
using Dapper;

namespace CrmImport.Infrastructure.Audit;

/// <summary>Stores the refused calls that wait, in one statement a database, and at stop those that are left. A database that is away loses its own, and delays the others' once.</summary>
internal sealed class RefusedCallWriter(RefusedCalls calls, ILogger<RefusedCallWriter> logger) : BackgroundService
{
    private const int BatchRows = 500;

    private const string Insert =
        """
        insert into audit_entry (client_ref, contact_ref, location_ref, record_ref, at, account, kind, address, method, route, status, outcome, record_type, trace_id)
        select
            r.client_ref, r.contact_ref, r.location_ref, r.record_ref, r.at, coalesce(a.op_id, r.account),
            case when a.kind is null then r.kind when a.kind = 'operator' then 'human' else 'service' end,
            r.address, r.method, r.route, r.status, r.outcome, r.record_type, r.trace_id
        from unnest(
            @ClientRefs, @ContactRefs, @LocationRefs, @RecordRefs, @Ats, @Accounts, @Kinds, @ClaimedOpIds, @Addresses, @Methods, @Routes, @Statuses, @Outcomes, @RecordTypes, @TraceIds)
            with ordinality as r (client_ref, contact_ref, location_ref, record_ref, at, account, kind, claimed_op_id, address, method, route, status, outcome, record_type, trace_id, place)
        left join account a on lower(a.op_id) = lower(r.claimed_op_id)
        order by r.place
        """;

    private static readonly TimeSpan AttemptTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan StopTime = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan AwayTime = TimeSpan.FromSeconds(10);

    private readonly ConditionalWeakTable<Tenant, StrongBox<long>> awayUntil = [];

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        calls.Complete();
        await (ExecuteTask ?? Task.CompletedTask).WaitAsync(StopTime, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken); // breaks off what is not done by now
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not by the token: what waits at stop is stored still.
        while (await calls.Reader.WaitToReadAsync(CancellationToken.None))
        {
            var batch = new List<(Tenant Tenant, RefusedCall Call)>();
            while (batch.Count < BatchRows && calls.Reader.TryRead(out var next))
            {
                batch.Add(next);
            }

            foreach (var ofTenant in batch.GroupBy(item => item.Tenant, item => item.Call))
            {
                await TryStoreAsync(ofTenant.Key, [.. ofTenant], stoppingToken);
            }
        }
    }

    private async Task TryStoreAsync(Tenant tenant, RefusedCall[] batch, CancellationToken stoppingToken)
    {
        var away = awayUntil.GetOrCreateValue(tenant);
        if (Environment.TickCount64 < away.Value)
        {
            calls.Drop(batch.Length);
            return;
        }

        // A second attempt, since the first may meet connections that died while they rested.
        for (var attempt = 1; !await TryStoreOnceAsync(tenant, batch, stoppingToken); attempt++)
        {
            if (attempt == 2)
            {
                away.Value = Environment.TickCount64 + (long)AwayTime.TotalMilliseconds;
                calls.Drop(batch.Length, $"{tenant.Name}: refused calls cannot be recorded");
                return;
            }
        }
    }

    private async Task<bool> TryStoreOnceAsync(Tenant tenant, RefusedCall[] batch, CancellationToken stoppingToken)
    {
        using var attempt = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        attempt.CancelAfter(AttemptTime);
        try
        {
            await using var connection = await tenant.Db.OpenConnectionAsync(attempt.Token);
            await connection.ExecuteAsync(new CommandDefinition(Insert, Columns(batch), cancellationToken: attempt.Token));
            return true;
        }
        catch (Exception exception)
        {
            // Whatever it was: a writer that died would leave every database without its entries.
            logger.LogDebug(exception, "{Database}: refused calls were not recorded", tenant.Name);
            return false;
        }
    }

    private static object Columns(RefusedCall[] batch) => new
    {
        ClientRefs = Array.ConvertAll(batch, call => call.ClientRef),
        ContactRefs = Array.ConvertAll(batch, call => call.ContactRef),
        LocationRefs = Array.ConvertAll(batch, call => call.LocationRef),
        RecordRefs = Array.ConvertAll(batch, call => call.RecordRef),
        Ats = Array.ConvertAll(batch, call => call.At),
        Accounts = Array.ConvertAll(batch, call => call.Account),
        Kinds = Array.ConvertAll(batch, call => call.Kind),
        ClaimedOpIds = Array.ConvertAll(batch, call => call.ClaimedOpId),
        Addresses = Array.ConvertAll(batch, call => call.Address),
        Methods = Array.ConvertAll(batch, call => call.Method),
        Routes = Array.ConvertAll(batch, call => call.Route),
        Statuses = Array.ConvertAll(batch, call => (short)call.Status),
        Outcomes = Array.ConvertAll(batch, call => call.Outcome),
        RecordTypes = Array.ConvertAll(batch, call => call.RecordType),
        TraceIds = Array.ConvertAll(batch, call => call.TraceId),
    };
}
