using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Docs;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;
using Microsoft.Extensions.Configuration;

namespace CrmImport.Tests;

/// <summary>What README and reference name is there: files, headings, routes, settings. Their commands are in <see cref="DocumentCommandTests"/>.</summary>
public sealed partial class DocumentTests
{
    private const int LongestLine = 400;

    private static IEnumerable<string> Names => Document.All.Select(document => document.Name);

    /// <summary>Every setting, as a configuration key.</summary>
    private static readonly HashSet<string> Settings =
        [.. new ConfigurationBuilder().AddJsonFile(Document.PathOf("appsettings.json")).Build().AsEnumerable().Select(setting => setting.Key)];

    [TestCaseSource(nameof(Names))]
    public void It_can_be_read_as_text(string name)
    {
        Assert.That(Document.Read(name).Text, Does.Not.Contain("<br"));
        Assert.That(Document.Read(name).Prose.Split('\n').Where(line => line.Length > LongestLine), Is.Empty);
        Assert.That(Document.Read(name).Text, Does.StartWith("# "));
    }

    [TestCaseSource(nameof(Names))]
    public void Every_link_leads_to_a_file_and_to_a_heading_there(string name)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var link in Document.Read(name).Links.Where(link => !link.StartsWith("https://", StringComparison.Ordinal)))
            {
                var parts = link.Split('#');
                var target = parts[0].Length == 0 ? name : Path.Combine(Path.GetDirectoryName(name)!, parts[0]);
                Assert.That(Document.PathOf(target), Does.Exist, link);
                Assert.That(parts.Length == 1 || Document.Read(target).Anchors.Contains(parts[1]), link);
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Every_path_of_the_repository_exists(string name)
    {
        using (Assert.EnterMultipleScope())
        {
            foreach (var path in Document.Read(name).InBackticks.Where(text => RepositoryPath().IsMatch(text)))
            {
                Assert.That(Path.Exists(Document.PathOf(path)), path);
            }
        }
    }

    [TestCaseSource(nameof(Names))]
    public void Every_route_that_is_named_with_its_method_exists(string name)
    {
        var named = Document.Read(name).InBackticks.Select(text => NamedRoute().Match(text)).Where(match => match.Success).Select(match => (match.Groups[1].Value, match.Groups[2].Value));

        Assert.That(named.Where(route => !Exists(route.Item1, route.Item2)), Is.Empty);
    }

    [Test]
    public void Every_path_in_the_READMEs_table_of_routes_exists()
    {
        var paths = Document.Read("README.md").InBackticks.Where(text => text.StartsWith('/') && !text.StartsWith("/docs", StringComparison.Ordinal)).ToArray();

        Assert.That(paths, Has.Length.GreaterThan(10));
        Assert.That(paths.Where(path => !RouteTable.All.Any(route => route.Pattern == path)), Is.Empty);
    }

    [Test]
    public void The_page_on_calls_names_every_route() =>
        Assert.That(
            Document.Read("docs/api.md").InBackticks,
            Is.SupersetOf(RouteTable.All.Where(route => !DocsPages.All.Any(page => route.Pattern == $"/docs/{page.Name}")).Select(route => $"{route}")));

    [TestCaseSource(nameof(Names))]
    public void Every_setting_exists(string name)
    {
        var named = SettingName().Matches(Document.Read(name).Text).Select(match => match.Value).Distinct();

        Assert.That(named.Where(setting => !IsSetting(setting)), Is.Empty);
    }

    /// <summary>Whether the service takes the setting, written as an environment variable or with colons; of a database, a log category or a certificate the names are free.</summary>
    internal static bool IsSetting(string name)
    {
        var key = ItemOrFile().Replace(name.Replace("__", ":", StringComparison.Ordinal), "");
        return Settings.Contains(key) || FreeSetting().IsMatch(key);
    }

    /// <summary>Whether a request with that method and path meets a route; a path may also be the route's pattern.</summary>
    internal static bool Exists(string method, string path) =>
        RouteTable.All.Any(route => route.Method == method
            && (route.Pattern == path || new TemplateMatcher(TemplateParser.Parse(route.Pattern.TrimStart('/')), new RouteValueDictionary()).TryMatch(path, new RouteValueDictionary())));

    [GeneratedRegex(@"^(?:Features|Infrastructure|Tests|docs|\.ci)/[\w./-]*$")]
    private static partial Regex RepositoryPath();

    [GeneratedRegex(@"^(GET|POST|PUT|PATCH|DELETE) (/\S+)$")]
    private static partial Regex NamedRoute();

    [GeneratedRegex(@"\b(?:Databases|Auth|Https|Proxies|RateLimits|Logins|Limits|Writes|Audit|Telemetry|Embedded|Logging)(?:__|:)[A-Za-z][\w.{}]*(?:(?:__|:)\w[\w.]*)*")]
    private static partial Regex SettingName();

    [GeneratedRegex(":(?:File|[0-9]+)$")]
    private static partial Regex ItemOrFile();

    [GeneratedRegex(@"^(?:Databases:(?:cv_)?(?:\{name\}|[a-z0-9_]+)|Oidc:Databases:cv_[a-z0-9_]+:(?:Issuer|Audience|AccountClaim|PermissionsClaim|JwksFile)|Logging:LogLevel:[\w.]+|Kestrel:Endpoints(?::\w+)+)$")]
    private static partial Regex FreeSetting();
}
