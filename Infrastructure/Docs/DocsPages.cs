namespace CrmImport.Infrastructure.Docs;

/// <summary>A page of the reference: the last segment of its URL, its title, and its HTML in UTF-8, rendered on first use.</summary>
internal sealed class DocsPage
{
    private readonly Lazy<byte[]> html;

    public DocsPage(string name, string markdown)
    {
        Name = name;
        Title = DocsMarkdown.TitleOf(markdown);
        html = new(() => DocsLayout.Render(this, DocsMarkdown.ToHtml(markdown)));
    }

    public string Name { get; }

    public string Title { get; }

    public byte[] Html => html.Value;
}

/// <summary>All pages, in the order of the navigation: the Markdown files of docs/, which are part of the program, and the error catalogue.</summary>
internal static class DocsPages
{
    public static IReadOnlyList<DocsPage> All { get; } =
    [
        Read("api"),
        Read("imports"),
        new("errors", ErrorsPage.Markdown()),
        Read("operating"),
        Read("security"),
        Read("coming-from-oneserve"),
        Read("coming-from-collect"),
        Read("coming-from-neoserra"),
        Read("coming-from-superoffice"),
        Read("coming-from-intouch"),
        Read("decisions"),
        Read("figures"),
    ];

    private static DocsPage Read(string name)
    {
        using var text = new StreamReader(typeof(DocsPages).Assembly.GetManifestResourceStream($"docs/{name}.md")!);
        return new DocsPage(name, text.ReadToEnd());
    }
}
