using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Docs;
using CrmImport.Tests.Running;
using Markdig.Renderers.Html;
using Markdig.Syntax;

namespace CrmImport.Tests;

/// <summary>A Markdown document of the repository: its prose, what stands in backticks, its code, links and headings.</summary>
internal sealed partial record Document(string Name, string Text)
{
    public static IReadOnlyList<Document> All { get; } =
        [Read("README.md"), .. Directory.GetFiles(PathOf("docs"), "*.md").Order(StringComparer.Ordinal).Select(file => Read($"docs/{Path.GetFileName(file)}"))];

    /// <summary>All that is not a block of code.</summary>
    public string Prose { get; } = Fences().Replace(Text, "");

    public IEnumerable<string> InBackticks => Backticks().Matches(Prose).Select(match => match.Groups[1].Value);

    public IEnumerable<string> Links => LinkTargets().Matches(Prose).Select(match => match.Groups[1].Value);

    /// <summary>The ids that links to headings use.</summary>
    public IEnumerable<string?> Anchors => DocsMarkdown.Parse(Text).Descendants<HeadingBlock>().Select(heading => heading.GetAttributes().Id);

    /// <summary>The lines of the blocks of code that are for a shell.</summary>
    public IEnumerable<string> ShellLines => Blocks("sh").SelectMany(block => block.Trim().Split('\n'));

    public static Document Read(string name) => new(name, File.ReadAllText(PathOf(name)));

    public static string PathOf(string name) => Path.Combine(ServiceProcess.Root, name);

    public IEnumerable<string> Blocks(string language) => Fences().Matches(Text).Where(match => match.Groups[1].Value == language).Select(match => match.Groups[2].Value);

    public override string ToString() => Name;

    [GeneratedRegex(@"^```(\w*)\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Fences();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Backticks();

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex LinkTargets();
}
