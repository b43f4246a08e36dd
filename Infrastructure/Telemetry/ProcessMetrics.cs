using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>
/// What the operating system says of the process, under the standard names, which the runtime's own meter does not use; and in its stead what that
/// gives as counters though it falls, too.
/// </summary>
internal sealed class ProcessMetrics
{
    public const string MeterName = "CrmImport.Process";

    /// <summary>The runtime's instruments that those of here replace.</summary>
    public static readonly IReadOnlySet<string> Replaced = new HashSet<string> { ThreadCount, QueueLength };

    private const string ThreadCount = "dotnet.thread_pool.thread.count";
    private const string QueueLength = "dotnet.thread_pool.queue.length";
    private const string Mode = "cpu.mode";

    private readonly double startTime;

    public ProcessMetrics(IMeterFactory meters)
    {
        using var process = Process.GetCurrentProcess();
        startTime = new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0;
        var meter = meters.Create(MeterName, BuildInfo.Version);
        meter.CreateObservableUpDownCounter("process.memory.usage", () => Environment.WorkingSet, "By", "Physical memory the process uses");
        meter.CreateObservableCounter("process.cpu.time", CpuTime, "s", "Processor time the process used");
        meter.CreateObservableUpDownCounter(ThreadCount, () => ThreadPool.ThreadCount, "{thread}", "Threads in the pool");
        meter.CreateObservableUpDownCounter(QueueLength, () => ThreadPool.PendingWorkItemCount, "{work_item}", "Work items waiting for a pool thread");
        meter.CreateObservableGauge("process.start_time", () => startTime, "s", "When the process started, in Unix time");
    }

    private static Measurement<double>[] CpuTime()
    {
        var usage = Environment.CpuUsage;
        return
        [
            new(usage.UserTime.TotalSeconds, new KeyValuePair<string, object?>(Mode, "user")),
            new(usage.PrivilegedTime.TotalSeconds, new KeyValuePair<string, object?>(Mode, "system")),
        ];
    }
}
