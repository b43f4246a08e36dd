using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace CrmImport.Infrastructure.Docs;

/// <summary>Markdown to HTML. Headings get the ids that GitHub gives them, so that a link works in both places.</summary>
internal static class DocsMarkdown
{
    private const string FileEnding = ".md";

    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).DisableHtml().Build();

    public static MarkdownDocument Parse(string markdown) => Markdown.Parse(markdown, Pipeline);

    public static string TitleOf(string markdown) => markdown.Split('\n')[0].TrimStart('#', ' ');

    public static string ToHtml(string markdown)
    {
        var document = Parse(markdown);
        foreach (var link in document.Descendants<LinkInline>().ToArray())
        {
            Resolve(link);
        }

        return document.ToHtml(Pipeline);
    }

    // A link to another page loses the file's ending. Other files of the repository are not served: only the text of such a link stays.
    private static void Resolve(LinkInline link)
    {
        var (file, anchor) = link.Url!.Split('#') is [var path, var id] ? (path, $"#{id}") : (link.Url, "");
        if (file.EndsWith(FileEnding, StringComparison.Ordinal) && !file.Contains('/'))
        {
            link.Url = file[..^FileEnding.Length] + anchor;
        }
        else if (file.Length > 0 && !file.Contains("://", StringComparison.Ordinal))
        {
            link.ReplaceBy(new ContainerInline());
        }
    }
}
