using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using CrmImport.Tests.Infrastructure.Telemetry;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.Deploy;

/// <summary>The dashboard and the alert rules name series that there are, and Prometheus' own tool takes them and the metrics.</summary>
public sealed partial class DeployTests
{
    private const int LintsOnly = 3;

    private static readonly string Directory = Path.Combine(ServiceProcess.Root, "Infrastructure", "Deploy");
    private static readonly string RulesFile = Path.Combine(Directory, "prometheus-rules.yml");
    private static readonly string RuleTestsFile = Path.Combine(Directory, "prometheus-rules.test.yml");

    /// <summary>Words of Prometheus' language that look like names.</summary>
    private static readonly string[] Words = ["and", "or", "unless", "bool", "offset"];

    /// <summary>The queries of the dashboard's panels.</summary>
    internal static string[] DashboardQueries { get; } =
    [
        .. JsonNode.Parse(File.ReadAllText(Path.Combine(Directory, "grafana-dashboard.json")))!["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"]?.AsArray() ?? []).Select(target => target!["expr"]!.GetValue<string>()),
    ];

    [Test]
    public async Task Every_series_of_the_dashboard_and_the_rules_is_one_the_service_has()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        (await owner.UpsertAsync(Sample.Contact(await ServiceUnderTest.A.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync("/nowhere")).ShouldFail(404, "route_not_found");

        var metrics = await MetricsText.ReadAsync();
        var rules = Expressions().Matches(await File.ReadAllTextAsync(RulesFile)).Select(match => match.Groups[1].Value).ToArray();
        using (Assert.EnterMultipleScope())
        {
            Assert.That(DashboardQueries, Has.Length.GreaterThan(20));
            Assert.That(rules, Has.Length.GreaterThan(8));
            Assert.That(NamesIn("sum by (a_b) (rate(c_d{e=\"f\"}[5m])) / g_h > 1e3 unless on (i) j{k=~\"l m\"}"), Is.EquivalentTo(new[] { "c_d", "g_h", "j" }));
            foreach (var query in DashboardQueries.Concat(rules))
            {
                Assert.That(NamesIn(query), Is.Not.Empty.And.SubsetOf(metrics.Names.Append("up")), query);
            }
        }
    }

    [Test]
    public void Panels_have_titles_of_their_own_and_places_of_their_own()
    {
        var panels = JsonNode.Parse(File.ReadAllText(Path.Combine(Directory, "grafana-dashboard.json")))!["panels"]!.AsArray();

        Assert.That(panels.Select(panel => panel!["title"]!.GetValue<string>()), Is.Unique.And.All.Not.Empty);
        Assert.That(panels.Select(panel => panel!["id"]!.GetValue<int>()), Is.Unique);
        Assert.That(panels.Select(panel => $"{panel!["gridPos"]!["x"]} {panel["gridPos"]!["y"]}"), Is.Unique);
        Assert.That(panels.Where(panel => panel!["type"]!.GetValue<string>() != "row").Select(panel => panel!["description"]!.GetValue<string>()), Is.All.Not.Empty);
    }

    [Test]
    public async Task Promtool_finds_no_fault_with_our_metrics()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        (await owner.UpsertAsync(Sample.Contact(await ServiceUnderTest.A.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.OK);
        var text = (await ServiceUnderTest.Metrics.GetAsync("/metrics")).Body;

        Assert.That(MetricsText.Read(text).Types.Keys, Has.Some.StartsWith("crmimport_"));
        if (Tool.Find("promtool", "prometheus") is { } promtool)
        {
            var (code, output) = await Tool.RunAsync(promtool, text, "check", "metrics");
            Assert.That(code, Is.Zero.Or.EqualTo(LintsOnly), output);
            Assert.That(output.Split('\n').Where(line => line.StartsWith("crmimport_", StringComparison.Ordinal) || line.StartsWith("process_", StringComparison.Ordinal)), Is.Empty);
        }
    }

    [Test]
    public async Task Promtool_takes_the_rules_and_sees_each_alert_fire()
    {
        var alerts = Alerts().Matches(await File.ReadAllTextAsync(RulesFile)).Select(match => match.Groups[1].Value).ToArray();
        var tested = TestedAlerts().Matches(await File.ReadAllTextAsync(RuleTestsFile)).Select(match => match.Groups[1].Value).ToArray();

        Assert.That(tested, Is.EquivalentTo(alerts));
        if (Tool.Find("promtool", "prometheus") is { } promtool)
        {
            var check = await Tool.RunAsync(promtool, "", "check", "rules", RulesFile);
            var test = await Tool.RunAsync(promtool, "", "test", "rules", RuleTestsFile);
            Assert.That((check.Code, test.Code), Is.EqualTo((0, 0)), check.Output + test.Output);
        }
    }

    // What is left of a query without texts, selectors, ranges, lists of labels, functions and numbers.
    private static string[] NamesIn(string query)
    {
        var bare = Grouping().Replace(Inner().Replace(query, " "), " ");
        return [.. Identifiers().Matches(bare).Select(match => match.Value).Where(name => !Words.Contains(name)).Distinct()];
    }

    [GeneratedRegex("""\{(?:[^{}"]|"[^"]*")*\}|\[[^\]]*\]|"[^"]*"|\b\d[\w.]*""")]
    private static partial Regex Inner();

    [GeneratedRegex(@"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"\b[a-zA-Z_:][a-zA-Z0-9_:]*\b(?!\s*\()")]
    private static partial Regex Identifiers();

    [GeneratedRegex(@"^ +expr: (?:\|\n)?((?:.|\n)+?)\n +(?:for|labels):", RegexOptions.Multiline)]
    private static partial Regex Expressions();

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex Alerts();

    [GeneratedRegex("alertname=\"(\\w+)\"")]
    private static partial Regex TestedAlerts();
}
