using System.Text.RegularExpressions;

namespace CrmImport.Tests;

/// <summary>The README is the front door: short, and a true picture of the folders. What it shares with the pages of docs/ is tested with them.</summary>
public sealed partial class ReadmeTests
{
    private static readonly Document Readme = Document.Read("README.md");

    [Test]
    public void It_is_short()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Readme.Text.TrimEnd().Split('\n'), Has.Length.LessThanOrEqualTo(100), "lines");
            Assert.That(Readme.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), Has.Length.LessThanOrEqualTo(1200), "words");
        }
    }

    [Test]
    public void Its_tree_has_every_folder()
    {
        var tree = Readme.Blocks("").Single(block => block.Contains("Program.cs", StringComparison.Ordinal));
        var infrastructure = tree[tree.IndexOf("\nInfrastructure/", StringComparison.Ordinal)..tree.IndexOf("\nTests/", StringComparison.Ordinal)].Split('\n').Skip(2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(infrastructure.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)), Is.EquivalentTo(
                Folders("Infrastructure").SelectMany(folder => folder == "Records" ? Folders("Infrastructure/Records").Select(part => $"Records/{part}/") : [$"{folder}/"])));
            Assert.That(Areas().Match(tree).Groups[1].Value.Split(' '), Is.EquivalentTo(Folders("Features")));
        }
    }

    private static IEnumerable<string> Folders(string under) => Directory.GetDirectories(Document.PathOf(under)).Select(folder => Path.GetFileName(folder));

    [GeneratedRegex("^Features/ .*: (.*)$", RegexOptions.Multiline)]
    private static partial Regex Areas();
}
