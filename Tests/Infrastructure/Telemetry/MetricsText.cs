using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>The text of /metrics, read strictly (source: Prometheus, "Text-based format"): what is not to be read fails the test.</summary>
internal sealed partial class MetricsText
{
    private readonly Dictionary<string, double> series = new(StringComparer.Ordinal);

    private MetricsText(string text)
    {
        Assert.That(text, Does.EndWith("\n"));
        var (family, type) = ("", "");
        foreach (var line in text[..^1].Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help)
            {
                family = help.Groups[1].Value;
                Assert.That(Types.ContainsKey(family), Is.False, $"{family} stands twice");
                type = "";
            }
            else if (Type().Match(line) is { Success: true } typed)
            {
                Assert.That(typed.Groups[1].Value, Is.EqualTo(family), "HELP and TYPE stand together");
                Types.Add(family, type = typed.Groups[2].Value);
            }
            else
            {
                Assert.That(Sample().Match(line) is { Success: true } sample && Take(family, type, sample), Is.True, $"not of {family}, a {type}: {line}");
            }
        }
    }

    /// <summary>The families, with their types.</summary>
    public Dictionary<string, string> Types { get; } = new(StringComparer.Ordinal);

    /// <summary>Names of series, those of histograms with their suffix.</summary>
    public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, double> Series => series;

    public static MetricsText Read(string text) => new(text);

    public static async Task<MetricsText> ReadAsync(ApiClient? client = null)
    {
        var answer = (await (client ?? ServiceUnderTest.Metrics).GetAsync("/metrics")).ShouldBe(HttpStatusCode.OK);
        Assert.That(answer.Header("Content-Type"), Is.EqualTo("text/plain; version=0.0.4; charset=utf-8"));
        return Read(answer.Body);
    }

    /// <summary>The value of the one series, as it is written; 0 where there is none.</summary>
    public double this[string written] => series.GetValueOrDefault(written);

    private bool Take(string family, string type, Match sample)
    {
        var (name, labels) = (sample.Groups[1].Value, sample.Groups[2].Value);
        string[] names = type switch
        {
            "histogram" => [$"{family}_bucket", $"{family}_sum", $"{family}_count"],
            "counter" or "gauge" => [family],
            _ => [],
        };
        Names.Add(name);
        Assert.That(series.TryAdd(labels.Length > 0 ? $"{name}{{{labels}}}" : name, Number(sample.Groups[3].Value)), Is.True, $"{name} {labels} stands twice");
        return names.Contains(name) && (type == "counter") == name.EndsWith("_total", StringComparison.Ordinal) && name.EndsWith("_bucket", StringComparison.Ordinal) == Bound().IsMatch(labels);
    }

    private static double Number(string text) => text == "+Inf" ? double.PositiveInfinity : double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) .+$")]
    private static partial Regex Help();

    [GeneratedRegex(@"^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram)$")]
    private static partial Regex Type();

    [GeneratedRegex("""^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\"n])*",?)+)(?<!,)\})? (\S+)$""")]
    private static partial Regex Sample();

    [GeneratedRegex("(^|,)le=\"[^\"]+\"$")]
    private static partial Regex Bound();
}
