using System.Runtime.CompilerServices;
using System.Threading.Channels;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Audit;

/// <summary>
/// Takes note of refused calls for the audit of the database they concern, without ever holding up an answer. Bounded: so many a second and database
/// and so many a day (fewer for those without a valid credential, so that they neither fill a disk nor hide what accounts do), so many that wait; the rest is counted.
/// </summary>
internal sealed class RefusedCalls(IOptions<AuditOptions> options, TimeProvider clock, CrmMetrics metrics, ILogger<RefusedCalls> logger)
{
    public const int KnownPerSecond = 100;
    public const int AnonymousPerSecond = 10;
    public const int Burst = 200;

    private const int Waiting = 8192;

    private readonly Channel<(Tenant Tenant, RefusedCall Call)> waiting = Channel.CreateBounded<(Tenant, RefusedCall)>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    private readonly ConditionalWeakTable<Tenant, Budget> budgets = [];
    private long dropped;
    private long nextWarning;

    /// <summary>How many refused calls were not recorded: too many at once, of no database, or of one that was away.</summary>
    public long Dropped => Interlocked.Read(ref dropped);

    public ChannelReader<(Tenant Tenant, RefusedCall Call)> Reader => waiting.Reader;

    /// <param name="claim">What is known of a call that has no access.</param>
    public void Add(HttpContext http, ApiError error, RequestAccess? access, CallClaim? claim)
    {
        if ((access?.Tenant ?? claim?.Database) is not { } tenant)
        {
            Drop(1, ofDatabase: false); // nobody's: no reason for a warning
            return;
        }

        var budget = budgets.GetValue(tenant, _ => new Budget(Of(KnownPerSecond, options.Value.RefusedPerDay), Of(AnonymousPerSecond, options.Value.AnonymousPerDay)));
        if (!(access is null ? budget.Anonymous : budget.Known).TryTake() || !waiting.Writer.TryWrite((tenant, RefusedCall.Of(http, error, access?.Caller, claim, clock.DatabaseNow()))))
        {
            Drop(1, $"{tenant.Name}: more refused calls than the audit records");
        }
    }

    /// <summary>Nothing is taken any more.</summary>
    public void Complete() => waiting.Writer.TryComplete();

    /// <summary>Counts what is not recorded; the log has a reason at most once a minute.</summary>
    public void Drop(int count, string? reason = null, bool ofDatabase = true)
    {
        var total = Interlocked.Add(ref dropped, count);
        metrics.AuditDropped(count, ofDatabase);
        var (now, due) = (Environment.TickCount64, Interlocked.Read(ref nextWarning));
        if (reason is not null && now >= due && Interlocked.CompareExchange(ref nextWarning, now + 60_000, due) == due)
        {
            logger.LogWarning("{Reason}; {Dropped} not recorded since the start", reason, total);
        }
    }

    private Limits Of(int perSecond, int perDay) => new(new TokenBucket(perSecond, Burst, clock), new TokenBucket(perDay / TimeSpan.FromDays(1).TotalSeconds, perDay, clock));

    private sealed record Budget(Limits Known, Limits Anonymous);

    private sealed record Limits(TokenBucket Second, TokenBucket Day)
    {
        public bool TryTake() => Second.TryTake() && Day.TryTake();
    }
}
