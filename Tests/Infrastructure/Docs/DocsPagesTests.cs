using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Docs;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.Docs;

/// <summary>The reference as the running service shows it, and the error catalogue as a page of it.</summary>
public sealed partial class DocsPagesTests
{
    private static readonly string[] Names = [.. DocsPages.All.Select(page => page.Name)];

    [Test]
    public void Every_page_of_the_docs_folder_is_served_and_so_are_the_errors() =>
        Assert.That(Names, Is.EquivalentTo(Directory.GetFiles(Path.Combine(ServiceProcess.Root, "docs")).Select(Path.GetFileNameWithoutExtension).Append("errors")));

    [TestCaseSource(nameof(Names))]
    public async Task A_page_is_HTML_with_its_title_its_text_and_a_way_to_all_others(string name)
    {
        var page = await ReadAsync(name);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(page.Header("Content-Type"), Is.EqualTo("text/html; charset=utf-8"));
            Assert.That(page.Body, Does.StartWith("<!doctype html>"));
            Assert.That(Titles().Match(page.Body).Groups[1].Value, Is.EqualTo(Headings().Match(page.Body).Groups[1].Value));
            Assert.That(Links(page).Select(link => link.Split('#')[0]), Is.SupersetOf(Names).And.Contains("index.html"));
            Assert.That(page.Body, Does.Contain($"<a href=\"{name}\" aria-current=\"page\">"));
            Assert.That(page.Body, Does.Not.Contain("| --- |").And.Not.Contain("|---|"), "a table that was not rendered");
        }
    }

    [TestCaseSource(nameof(Names))]
    public async Task Every_link_between_pages_leads_to_a_page_and_to_a_heading_there(string name)
    {
        foreach (var link in Links(await ReadAsync(name)).Where(link => !link.StartsWith("http", StringComparison.Ordinal)))
        {
            var parts = link.Split('#');
            var target = await ReadAsync(parts[0].Length == 0 ? name : parts[0]);
            Assert.That(parts.Length == 1 || target.Body.Contains($" id=\"{parts[1]}\"", StringComparison.Ordinal), link);
        }
    }

    [TestCaseSource(nameof(Names))]
    public async Task A_page_loads_nothing_and_may_use_no_style_but_its_own(string name)
    {
        var page = await ReadAsync(name);

        var style = Styles().Match(page.Body).Groups[1].Value;
        var hash = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Loads().Matches(page.Body), Is.Empty);
            Assert.That(style, Is.Not.Empty.And.Not.Contain("url(").And.Not.Contain("@import"));
            Assert.That(page.Header("Content-Security-Policy"), Does.StartWith($"default-src 'none'; style-src 'sha256-{hash}'; ").And.EndWith("frame-ancestors 'none'"));
            Assert.That(page.Header("X-Content-Type-Options"), Is.EqualTo("nosniff"));
            Assert.That(page.Header("X-Frame-Options"), Is.EqualTo("DENY"));
        }
    }

    [Test]
    public async Task HEAD_is_answered_without_the_text()
    {
        var head = (await ApiClient.Anonymous.SendAsync(HttpMethod.Head, "/docs/operating", null)).ShouldBe(HttpStatusCode.OK);

        Assert.That(head.Body, Is.Empty);
        Assert.That(head.Header("Content-Type"), Is.EqualTo("text/html; charset=utf-8"));
    }

    [TestCase("/docs/no-such-page")]
    [TestCase("/docs/operating.md")]
    [TestCase("/docs/errors/busy")]
    public async Task An_unknown_page_is_the_failure_of_every_unknown_route(string path) =>
        (await ApiClient.Anonymous.GetAsync(path)).ShouldFail(404, "route_not_found");

    [Test]
    public async Task Every_error_has_an_anchor_under_its_status_and_its_meaning()
    {
        var page = await ReadAsync("errors");

        var statuses = page.Body.Split("<h2 ")[1..].ToDictionary(part => int.Parse(Statuses().Match(part).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(statuses.Keys, Is.Ordered.And.EquivalentTo(ApiErrors.All.Select(error => error.Status).Distinct()));
            foreach (var error in ApiErrors.All)
            {
                var entry = Errors().Matches(statuses[error.Status]).SingleOrDefault(match => match.Groups["code"].Value == error.Code);
                Assert.That(TextOf(entry?.Groups["meaning"].Value ?? ""), Is.EqualTo(error.Meaning.Replace("`", "", StringComparison.Ordinal)), error.Code);
            }
        }
    }

    [Test]
    public async Task The_description_of_the_API_names_the_page_of_the_errors() =>
        Assert.That((await ApiClient.Anonymous.GetAsync("/openapi/v1.json")).Json["info"]!["description"]!.GetValue<string>(), Does.Contain("/docs/errors"));

    private static async Task<ApiAnswer> ReadAsync(string name) => (await ApiClient.Anonymous.GetAsync($"/docs/{name}")).ShouldBe(HttpStatusCode.OK);

    private static IEnumerable<string> Links(ApiAnswer page) => Hrefs().Matches(page.Body).Select(match => match.Groups[1].Value);

    private static string TextOf(string html) => WebUtility.HtmlDecode(Tags().Replace(html, ""));

    [GeneratedRegex("<title>(.*) · CrmImport</title>")]
    private static partial Regex Titles();

    [GeneratedRegex("<h1 [^>]*>(.*)</h1>")]
    private static partial Regex Headings();

    [GeneratedRegex("<a href=\"([^\"]*)\"")]
    private static partial Regex Hrefs();

    [GeneratedRegex("<style>(.*)</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();

    [GeneratedRegex("<(?:script|link|img|iframe|object|embed)\\b|\\bsrc=|\\bstyle=|\\bon[a-z]+=")]
    private static partial Regex Loads();

    [GeneratedRegex(">([0-9]{3}) [^<]*</h2>")]
    private static partial Regex Statuses();

    [GeneratedRegex("<h3 id=\"(?<code>[^\"]+)\"><a href=\"#\\k<code>\">\\k<code></a></h3>\\s*<p>(?<meaning>.*?)</p>", RegexOptions.Singleline)]
    private static partial Regex Errors();

    [GeneratedRegex("<[^>]+>")]
    private static partial Regex Tags();
}
