using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace CrmImport.Infrastructure.Docs;

/// <summary>What surrounds the text of every page: title, style and navigation. Nothing is loaded from anywhere.</summary>
internal static class DocsLayout
{
    private const string Style =
        """
        :root { color-scheme: light dark; --line: #8886; }
        body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; display: flex; gap: 3rem; font: 1rem/1.55 system-ui, sans-serif; }
        nav { flex: 0 0 12rem; }
        nav a { display: block; padding: .15rem 0; }
        nav a[aria-current] { font-weight: bold; color: inherit; text-decoration: none; }
        main { min-width: 0; flex: 1; }
        h1 { margin-top: 0; line-height: 1.2; }
        h2 { margin-top: 2.2rem; border-bottom: 1px solid var(--line); }
        h3 { margin: 1.4rem 0 .3rem; }
        h3 + p { margin-top: 0; }
        :target { background: #fd06; }
        code { font: .9em ui-monospace, monospace; background: #8882; padding: .1em .25em; border-radius: .2em; }
        pre { padding: .8rem; overflow-x: auto; background: #8882; border-radius: .3em; }
        pre code { background: none; padding: 0; }
        table { border-collapse: collapse; display: block; overflow-x: auto; }
        th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
        @media (max-width: 50rem) { body { display: block; } nav a { display: inline-block; margin-right: 1rem; } }
        """;

    /// <summary>The page may use its own style, named by its hash, and nothing else.</summary>
    public static readonly string SecurityPolicy =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Style)))}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static byte[] Render(DocsPage page, string text) => Encoding.UTF8.GetBytes(
        $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{WebUtility.HtmlEncode(page.Title)} · CrmImport</title>
        <style>{Style}</style>
        </head>
        <body>
        <nav>
        <a href="index.html">All routes</a>
        {string.Join('\n', DocsPages.All.Select(other => Link(other, isCurrent: other == page)))}
        </nav>
        <main>
        {text}</main>
        </body>
        </html>

        """);

    private static string Link(DocsPage page, bool isCurrent) =>
        $"""<a href="{page.Name}"{(isCurrent ? " aria-current=\"page\"" : "")}>{WebUtility.HtmlEncode(page.Title)}</a>""";
}
