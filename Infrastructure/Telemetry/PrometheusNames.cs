using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>OpenTelemetry's names, units and attributes as Prometheus writes them (source: OpenTelemetry, "Prometheus and OpenMetrics Compatibility").</summary>
internal static class PrometheusNames
{
    private const string CounterSuffix = "_total";

    /// <summary>The family's type; null for what the text format cannot say.</summary>
    public static string? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongGauge or MetricType.DoubleGauge or MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    /// <summary>Words joined by underscores, then the unit, then <c>_total</c> for what only grows.</summary>
    public static string Of(Metric metric)
    {
        var type = TypeOf(metric.MetricType);
        var name = Clean(metric.Name);
        var unit = UnitOf(metric.Unit, type == "gauge");
        if (unit.Length > 0 && !name.EndsWith($"_{unit}", StringComparison.Ordinal))
        {
            name = $"{name}_{unit}";
        }

        return type == "counter" && !name.EndsWith(CounterSuffix, StringComparison.Ordinal) ? name + CounterSuffix : name;
    }

    /// <summary><c>name="value"</c> in the order of the names, by commas. Values of names that come out alike are joined.</summary>
    public static string Labels(ReadOnlyTagCollection tags)
    {
        var list = new List<KeyValuePair<string, object?>>(tags.Count);
        foreach (var tag in tags)
        {
            list.Add(tag);
        }

        return Labels(list);
    }

    public static string Labels(IEnumerable<KeyValuePair<string, object?>> tags) =>
        string.Join(',', tags
            .GroupBy(tag => Clean(tag.Key), tag => Text(tag.Value), StringComparer.Ordinal)
            .OrderBy(group => group.Key, StringComparer.Ordinal)
            .Select(group => $"{group.Key}=\"{EscapeHelp(string.Join(';', group)).Replace("\"", "\\\"", StringComparison.Ordinal)}\""));

    public static string Braces(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";

    public static string EscapeHelp(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", @"\n", StringComparison.Ordinal);

    public static string Number(double value) =>
        double.IsPositiveInfinity(value) ? "+Inf"
        : double.IsNegativeInfinity(value) ? "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    private static string UnitOf(string unit, bool isGauge) => unit switch
    {
        "s" => "seconds",
        "ms" => "milliseconds",
        "By" => "bytes",
        "%" => "percent",
        "1" => isGauge ? "ratio" : "",
        null or "" => "",
        _ when unit.StartsWith('{') => "", // a remark on what is counted, not a unit
        _ => Clean(unit),
    };

    private static string Text(object? value) => value is bool truth ? (truth ? "true" : "false") : Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";

    private static string Clean(string name)
    {
        var clean = new StringBuilder(name.Length + 1);
        foreach (var character in name)
        {
            if (char.IsAsciiLetterOrDigit(character))
            {
                clean.Append(clean.Length == 0 && char.IsAsciiDigit(character) ? "_" : "").Append(character);
            }
            else if (clean.Length > 0 && clean[^1] != '_')
            {
                clean.Append('_');
            }
        }

        return clean.ToString().TrimEnd('_');
    }
}
