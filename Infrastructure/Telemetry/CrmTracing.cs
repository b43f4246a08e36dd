using System.Diagnostics;
using Npgsql;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>This service's own spans, source <c>CrmImport</c>: a write waits in the queue, a batch is written. They are made only while somebody listens.</summary>
internal static class CrmTracing
{
    public const string SourceName = "CrmImport";

    private static readonly ActivitySource Source = new(SourceName, BuildInfo.Version);

    /// <summary>A write, from its joining the queue to its answer.</summary>
    public static Activity? StartWrite(string database) => Tag(Source.StartActivity("write contact"), database);

    /// <summary>
    /// A batch of writes: in the trace of the first that is recorded, so that one trace leads from a request to its statements, and linked with each write, both ways.
    /// </summary>
    public static Activity? StartBatch(string database, IEnumerable<Activity?> writes)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        Activity.Current = null; // the writer's thread still has the request that started it
        var recorded = writes.OfType<Activity>().Where(write => write.Recorded).ToArray();
        if (recorded.Length == 0)
        {
            return null;
        }

        var batch = Source.StartActivity("write batch", ActivityKind.Internal, recorded[0].Context, links: recorded.Select(write => new ActivityLink(write.Context)));
        if (batch is not null)
        {
            foreach (var write in recorded)
            {
                write.AddLink(new ActivityLink(batch.Context));
            }

            batch.SetTag("crmimport.write.batch_size", recorded.Length);
        }

        return Tag(batch, database);
    }

    /// <summary>Statements make spans within a request only: what the service asks by itself, every second, would be traces of nothing.</summary>
    public static NpgsqlDataSourceBuilder TraceRequestsOnly(this NpgsqlDataSourceBuilder builder) => builder.ConfigureTracing(tracing => tracing
        .EnablePhysicalOpenTracing(false)
        .ConfigureCommandFilter(_ => Activity.Current is not null)
        .ConfigureBatchFilter(_ => Activity.Current is not null));

    private static Activity? Tag(Activity? activity, string database) => activity?.SetTag("db.namespace", database);
}
