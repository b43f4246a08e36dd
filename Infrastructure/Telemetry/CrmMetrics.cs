using System.Diagnostics.Metrics;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>What this service counts of itself, as the meter <c>CrmImport</c>. Attributes are the names of databases, outcomes and codes: few, and nobody's data.</summary>
internal sealed class CrmMetrics : IHostedService
{
    public const string MeterName = "CrmImport";

    private const string Database = "database";
    private const string Outcome = "outcome";
    private const string Refused = "refused";
    private const string LoggedIn = "success";

    private readonly Meter meter;
    private readonly Tenants tenants;
    private readonly Counter<long> contacts;
    private readonly Histogram<int> batchSize;
    private readonly Histogram<double> batchDuration;
    private readonly Counter<long> logins;
    private readonly Counter<long> refusals;
    private readonly Counter<long> replays;
    private readonly Counter<long> auditDropped;
    private readonly Counter<long> importRows;
    private readonly Histogram<double> importDuration;

    public CrmMetrics(IMeterFactory meters, Tenants tenants)
    {
        this.tenants = tenants;
        meter = meters.Create(MeterName, BuildInfo.Version);
        contacts = meter.CreateCounter<long>("crmimport.contacts", "{contact}", "Contacts written or refused; dry runs and replays are not counted");
        batchSize = meter.CreateHistogram("crmimport.write.batch_size", "{write}", "Writes that shared a statement and a commit", advice: Buckets(1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024));
        batchDuration = meter.CreateHistogram("crmimport.write.duration", "s", "Time a batch of writes took in the database", advice: Buckets(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5));
        logins = meter.CreateCounter<long>("crmimport.logins", "{login}", "Logins, by success or error code");
        refusals = meter.CreateCounter<long>("crmimport.refusals", "{request}", "Requests answered with a failure, by error code");
        replays = meter.CreateCounter<long>("crmimport.idempotent_replays", "{request}", "Requests that got the stored response of their idempotency key");
        auditDropped = meter.CreateCounter<long>("crmimport.audit.dropped", "{call}", "Refused calls that were not recorded in the audit: too many for a database, or of no database");
        importRows = meter.CreateCounter<long>("crmimport.import.rows", "{row}", "Rows of imports, by what became of them");
        importDuration = meter.CreateHistogram("crmimport.import.duration", "s", "Time from the beginning of an import to its end, by state", advice: Buckets<double>(1, 5, 15, 60, 300, 900, 3600, 14400));
        meter.CreateObservableGauge("crmimport.database.up", () => Served(tenants, tenant => tenant is { IsAnswering: true } ? 1 : 0), "{database}", "Whether the database answered within the last 3 seconds");
        tenants.Added += ShowContacts;
        meter.CreateObservableGauge("crmimport.build.info", () => BuildInfo.Measurement, "{build}", "Always 1; the attributes identify the build");
    }

    /// <summary>Makes what can be counted visible as 0, once the databases are known: a rate needs a value before the first event.</summary>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (database, _) in tenants.Names)
        {
            ShowContacts(database);
        }

        logins.Add(0, new KeyValuePair<string, object?>(Outcome, LoggedIn));
        logins.Add(0, new KeyValuePair<string, object?>(Outcome, ApiErrors.BadCredentials.Code));
        foreach (var error in new[] { ApiErrors.Internal, ApiErrors.QueueFull, ApiErrors.Busy, ApiErrors.DatabaseUnavailable })
        {
            refusals.Add(0, new KeyValuePair<string, object?>("code", error.Code));
        }

        replays.Add(0);
        AuditDropped(0, ofDatabase: true);
        AuditDropped(0, ofDatabase: false);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void ContactWritten(Tenant tenant, WriteOutcome outcome) => contacts.Add(1, new(Outcome, outcome.Text()), new(Database, tenant.Name));

    public void ContactRefused(Tenant tenant) => contacts.Add(1, new(Outcome, Refused), new(Database, tenant.Name));

    public void BatchWritten(Tenant tenant, int writes, TimeSpan duration)
    {
        var database = new KeyValuePair<string, object?>(Database, tenant.Name);
        batchSize.Record(writes, database);
        batchDuration.Record(duration.TotalSeconds, database);
    }

    public void ImportEnded(Tenant tenant, string state, TimeSpan duration) =>
        importDuration.Record(duration.TotalSeconds, new(Outcome, state), new KeyValuePair<string, object?>(Database, tenant.Name));

    /// <summary>How many imports of a database are carried out, and how many wait, by all replicas together.</summary>
    public void ObserveImports(Func<Tenant, (int Running, int Waiting)> count)
    {
        meter.CreateObservableGauge("crmimport.import.running", () => Served(tenants, tenant => tenant is null ? 0 : count(tenant).Running), "{import}", "Imports that are carried out, by all replicas together");
        meter.CreateObservableGauge("crmimport.import.waiting", () => Served(tenants, tenant => tenant is null ? 0 : count(tenant).Waiting), "{import}", "Imports that wait for their turn");
    }

    /// <summary>Counts the rows of a chunk, by outcome.</summary>
    public void RowsImported(Tenant tenant, long created, long updated, long unchanged, long rejected)
    {
        var database = new KeyValuePair<string, object?>(Database, tenant.Name);
        importRows.Add(created, new(Outcome, WriteOutcome.Created.Text()), database);
        importRows.Add(updated, new(Outcome, WriteOutcome.Updated.Text()), database);
        importRows.Add(unchanged, new(Outcome, WriteOutcome.Unchanged.Text()), database);
        importRows.Add(rejected, new(Outcome, "rejected"), database);
    }

    public void LogInAnswered(Refusal? refusal) => logins.Add(1, new KeyValuePair<string, object?>(Outcome, refusal?.Error.Code ?? LoggedIn));

    public void RequestRefused(ApiError error) => refusals.Add(1, new KeyValuePair<string, object?>("code", error.Code));

    public void AnswerReplayed() => replays.Add(1);

    /// <summary>A call that concerns no database has no audit to be in; one that does was lost.</summary>
    public void AuditDropped(long calls, bool ofDatabase) => auditDropped.Add(calls, new KeyValuePair<string, object?>("reason", ofDatabase ? "lost" : "no_database"));

    /// <summary>How many writes of a database wait or are being written.</summary>
    public void ObserveQueue(Func<Tenant, int> length) =>
        meter.CreateObservableGauge("crmimport.write.queue", () => Served(tenants, tenant => tenant is null ? 0 : length(tenant)), "{write}", "Writes that are waiting or being written");

    private void ShowContacts(string database)
    {
        foreach (var outcome in new[] { WriteOutcome.Created, WriteOutcome.Updated, WriteOutcome.Unchanged }.Select(outcome => outcome.Text()).Append(Refused))
        {
            contacts.Add(0, new(Outcome, outcome), new(Database, database));
            importRows.Add(0, new(Outcome, outcome == Refused ? "rejected" : outcome), new(Database, database));
        }
    }

    private static IEnumerable<Measurement<int>> Served(Tenants tenants, Func<Tenant?, int> value) =>
        tenants.Names.Select(served => new Measurement<int>(value(served.Value), new KeyValuePair<string, object?>(Database, served.Key)));

    private static InstrumentAdvice<T> Buckets<T>(params T[] boundaries)
        where T : struct => new() { HistogramBucketBoundaries = boundaries };
}
