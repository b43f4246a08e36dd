using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Collects the metrics when they are asked for and writes them in Prometheus' text format 0.0.4 (the SDK's own exporter is not to be had).</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PrometheusExporter : BaseExporter<Metric>, IPullMetricExporter
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const int CollectMilliseconds = 5000;

    private readonly Lock gate = new();
    private byte[] text = [];

    public Func<int, bool>? Collect { get; set; }

    /// <summary>The metrics as they are now; null where nothing is measured. One at a time: the SDK collects for one reader once.</summary>
    public byte[]? Scrape()
    {
        lock (gate)
        {
            return Collect?.Invoke(CollectMilliseconds) == true ? text : null;
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        var families = new SortedDictionary<string, List<Metric>>(StringComparer.Ordinal);
        foreach (var metric in batch)
        {
            if (PrometheusNames.TypeOf(metric.MetricType) is not null)
            {
                var name = PrometheusNames.Of(metric);
                families.TryAdd(name, []);
                families[name].Add(metric);
            }
        }

        var output = new StringBuilder();
        WriteResource(output);
        foreach (var (name, metrics) in families)
        {
            WriteFamily(output, name, metrics);
        }

        text = Encoding.UTF8.GetBytes(output.ToString());
        return ExportResult.Success;
    }

    private void WriteResource(StringBuilder output)
    {
        output.Append("# HELP target_info Who is measured\n# TYPE target_info gauge\ntarget_info");
        var attributes = (ParentProvider?.GetResource() ?? Resource.Empty).Attributes.Select(attribute => KeyValuePair.Create(attribute.Key, (object?)attribute.Value));
        output.Append(PrometheusNames.Braces(PrometheusNames.Labels(attributes))).Append(" 1\n");
    }

    // Instruments of one name and type are one family; a series that two of them have is written once, since Prometheus would reject the whole text.
    private static void WriteFamily(StringBuilder output, string name, List<Metric> metrics)
    {
        var type = PrometheusNames.TypeOf(metrics[0].MetricType);
        var help = metrics[0].Description is { Length: > 0 } description ? description : metrics[0].Name;
        output.Append("# HELP ").Append(name).Append(' ').Append(PrometheusNames.EscapeHelp(help)).Append('\n');
        output.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        var written = new HashSet<string>(StringComparer.Ordinal);
        foreach (var metric in metrics.Where(metric => PrometheusNames.TypeOf(metric.MetricType) == type))
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                var labels = PrometheusNames.Labels(point.Tags);
                if (written.Add(labels))
                {
                    WritePoint(output, name, labels, metric.MetricType, in point);
                }
            }
        }
    }

    private static void WritePoint(StringBuilder output, string name, string labels, MetricType type, in MetricPoint point)
    {
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                WriteLine(output, name, labels, point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                WriteLine(output, name, labels, point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                WriteLine(output, name, labels, point.GetGaugeLastValueLong());
                break;
            case MetricType.DoubleGauge:
                WriteLine(output, name, labels, point.GetGaugeLastValueDouble());
                break;
            default:
                WriteHistogram(output, name, labels, in point);
                break;
        }
    }

    private static void WriteHistogram(StringBuilder output, string name, string labels, in MetricPoint point)
    {
        long cumulative = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            cumulative += bucket.BucketCount;
            WriteLine(output, $"{name}_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{PrometheusNames.Number(bucket.ExplicitBound)}\"", cumulative);
        }

        WriteLine(output, $"{name}_sum", labels, point.GetHistogramSum());
        WriteLine(output, $"{name}_count", labels, point.GetHistogramCount());
    }

    private static void WriteLine(StringBuilder output, string name, string labels, double value) =>
        output.Append(name).Append(PrometheusNames.Braces(labels)).Append(' ').Append(PrometheusNames.Number(value)).Append('\n');
}
