using System.Text;
using System.Xml.Linq;
using CrmImport.Features.Accounts;
using CrmImport.Features.Contacts;
using CrmImport.Features.Imports;
using CrmImport.Features.Integrations;
using CrmImport.Features.Lists;
using CrmImport.Features.Rules;
using CrmImport.Features.Settings;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;

namespace CrmImport.Tests;

/// <summary>
/// Every line for a shell in README and reference. The quick start is run in <see cref="Running.RunningTests"/>; of the others, what they name is looked up:
/// subcommands and options in the real command line, settings, files, routes, options of scripts. A line that nobody checks fails.
/// </summary>
public sealed class DocumentCommandTests
{
    private const string QuickStartUrl = "http://localhost:8080";

    private const string DemoImage = "crmimport:demo";

    private static readonly string Image = $"crmimport:{XDocument.Load(Document.PathOf("CrmImport.csproj")).Descendants("Version").Single().Value}";

    private static IEnumerable<TestCaseData> Lines() =>
        from document in Document.All
        from line in document.ShellLines
        where !QuickStart.Lines(QuickStartUrl, SampleContact.Json).Contains(line, StringComparison.Ordinal)
        select new TestCaseData(line).SetArgDisplayNames($"{document.Name}: {(line.Length > 70 ? $"{line[..70]}…" : line)}");

    [TestCaseSource(nameof(Lines))]
    public async Task A_command_names_only_what_there_is(string line)
    {
        var words = new Queue<string>(Words(line));
        while (words.Peek().Split('=') is [var name, _, ..] && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
        {
            words.Dequeue();
            Assert.That(Sources("Tests").Any(source => source.Contains($"GetEnvironmentVariable(\"{name}\")", StringComparison.Ordinal)), $"no test reads {name}");
        }

        string[] rest = [.. words.Skip(1)];
        switch (words.Peek())
        {
            case "CrmImport":
                await ShouldParseAsync(rest);
                break;
            case "dotnet":
                await CheckDotnetAsync(rest);
                break;
            case "docker":
                await CheckDockerAsync(rest);
                break;
            case "kubectl":
                CheckKubectl(rest);
                break;
            case "curl":
                CheckCurl(rest);
                break;
            case "export":
                Assert.That(rest.Select(setting => setting.Split('=')[0]).Where(name => !DocumentTests.IsSetting(name)), Is.Empty);
                break;
            case var script when File.Exists(Document.PathOf(script)):
                ShouldTake([File.ReadAllText(Document.PathOf(script))], rest);
                break;
            default:
                Assert.Fail($"Nobody checks {words.Peek()}");
                break;
        }
    }

    [Test]
    public void Words_are_split_as_a_shell_does() =>
        Assert.That(Words("a 'b c' \"d $E\" f=\"g h\"   # i"), Is.EqualTo(new[] { "a", "b c", "d $E", "f=g h" }));

    [TestCase("account add OWN --levle 10")]
    [TestCase("acount add OWN")]
    [TestCase("account add OWN --level ten")]
    [TestCase("endpoint add Shop")]
    public async Task A_mistyped_command_would_be_found(string line) => Assert.That(await ParseAsync(line.Split(' ')), Is.EqualTo(CommandLine.WrongUsage));

    private static async Task CheckDotnetAsync(string[] words)
    {
        var end = Array.IndexOf(words, "--");
        var (own, further) = end < 0 ? (words, []) : (words[..end], words[(end + 1)..]);
        switch (own)
        {
            case ["test"]:
                break;
            case ["test", "--filter", var filter]:
                var name = filter.Split('=', '~')[1];
                Assert.That(typeof(DocumentCommandTests).Assembly.GetTypes().Any(type => type.FullName!.Contains(name, StringComparison.Ordinal) || type.GetMethod(name) is not null), filter);
                break;
            case ["run"]:
                await ShouldParseAsync(further);
                break;
            case ["run", .., "--project", var project]:
                Assert.That(Directory.GetFiles(Document.PathOf(project), "*.csproj"), Has.Length.EqualTo(1));
                ShouldTake(Sources(project), further);
                break;
            default:
                Assert.Fail($"Nobody checks dotnet {string.Join(' ', words)}");
                break;
        }
    }

    private static async Task CheckDockerAsync(string[] words)
    {
        switch (words)
        {
            case ["build", "-t", var tag, "."]:
                Assert.That(tag, Is.EqualTo(Image));
                break;
            case ["build", "--target", var target, "-t", DemoImage, "."]:
                Assert.That(File.ReadAllText(Document.PathOf("Dockerfile")), Does.Contain($"\nFROM service AS {target}\n"));
                break;
            case ["run", ..]:
                var at = Math.Max(Array.IndexOf(words, Image), Array.IndexOf(words, DemoImage));
                Assert.That(at, Is.Positive, Image);
                var settings = words[..at].Zip(words[1..]).Where(pair => pair.First == "-e").Select(pair => pair.Second.Split('=')[0]);
                Assert.That(settings.Where(name => !DocumentTests.IsSetting(name)), Is.Empty);
                if (words.Contains("--entrypoint"))
                {
                    Assert.That(Document.PathOf(words[^1]), Does.Exist);
                }
                else
                {
                    await ShouldParseAsync(words[(at + 1)..]);
                }

                break;
            case ["exec", ..]:
                await ShouldParseAsync(words[(Array.IndexOf(words, "CrmImport.dll") + 1)..]);
                break;
            case ["compose", "-f", var file, ..]:
                Assert.That(Document.PathOf(file), Does.Exist);
                Assert.That(words.SkipWhile(word => word != "--profile").Skip(1).Take(1).Where(profile => !File.ReadAllText(Document.PathOf(file)).Contains($"- {profile}\n", StringComparison.Ordinal)), Is.Empty);
                break;
            default:
                Assert.Fail($"Nobody checks docker {string.Join(' ', words)}");
                break;
        }
    }

    private static void CheckKubectl(string[] words)
    {
        switch (words)
        {
            case ["apply", "-f", var file]:
                Assert.That(Document.PathOf(file), Does.Exist);
                break;
            case ["wait", _, var what]:
                var manifests = Directory.GetFiles(Document.PathOf("Infrastructure/Deploy/kubernetes")).Select(File.ReadAllText);
                Assert.That(manifests.Any(text => text.Contains($"name: {what.Split('/')[1]}\n", StringComparison.Ordinal)), what);
                break;
            default:
                Assert.Fail($"Nobody checks kubectl {string.Join(' ', words)}");
                break;
        }
    }

    private static void CheckCurl(string[] words)
    {
        var url = new Uri(words.Single(word => word.StartsWith("http", StringComparison.Ordinal)));
        var named = Array.IndexOf(words, "-X");
        Assert.That(DocumentTests.Exists(named >= 0 ? words[named + 1] : words.Contains("-d") ? "POST" : "GET", url.AbsolutePath), url.AbsolutePath);
    }

    // What takes an option has it in its text.
    private static void ShouldTake(IEnumerable<string> sources, IEnumerable<string> words) =>
        Assert.That(words.Where(word => word.StartsWith('-') && !sources.Any(source => source.Contains(word, StringComparison.Ordinal))), Is.Empty);

    private static IEnumerable<string> Sources(string folder) =>
        Directory.EnumerateFiles(Document.PathOf(folder), "*.cs", SearchOption.AllDirectories).Where(file => !file.Contains("/obj/", StringComparison.Ordinal)).Select(File.ReadAllText);

    private static async Task ShouldParseAsync(string[] args)
    {
        if (args is ["import" or "imports", ..])
        {
            ShouldParseImport(args);
            return;
        }

        Assert.That(await ParseAsync(args), Is.Not.EqualTo(CommandLine.WrongUsage), string.Join(' ', args));
    }

    private static Terminal Nowhere => new(Stream.Null, TextWriter.Null, TextWriter.Null, IsInteractive: false);

    // Calls a service, where it is let: so it is parsed only.
    private static void ShouldParseImport(string[] args)
    {
        var host = new CommandHost([], Nowhere, _ => throw new StartupException("No service is needed."));
        var command = args[0] == "import" ? ImportCommands.MakeImport(host) : ImportCommands.MakeImports(host);
        var errors = command.Parse([.. args[1..].Select(arg => arg.EndsWith(".csv", StringComparison.Ordinal) && File.Exists(Document.PathOf(arg)) ? Document.PathOf(arg) : arg)]).Errors;
        Assert.That(errors.Select(error => error.Message), Is.Empty);
    }

    // The command line as Program.cs makes it, but for the service: what is used rightly fails for the want of it, before it does anything.
    private static Task<int> ParseAsync(string[] args) =>
        CommandLine.RunAsync(args, Nowhere, _ => throw new StartupException("This command can be parsed."), AccountCommands.Make, IntegrationCommands.Make, KeyCommands.Make, ImportCommands.MakeImport, ImportCommands.MakeImports, ListCommands.Make, FieldCommands.Make, SettingsCommands.Make);

    // Without substitutions and escapes, which the documents' commands have none of.
    private static IEnumerable<string> Words(string line)
    {
        var (word, isWord, quote) = (new StringBuilder(), false, '\0');
        foreach (var letter in line.Append(' '))
        {
            if (quote == '\0' && letter == '#' && !isWord)
            {
                yield break;
            }

            if (quote != '\0' ? letter == quote : letter is '\'' or '"')
            {
                (quote, isWord) = (quote == '\0' ? letter : '\0', true);
            }
            else if (quote == '\0' && letter == ' ')
            {
                if (isWord)
                {
                    yield return word.ToString();
                    (_, isWord) = (word.Clear(), false);
                }
            }
            else
            {
                word.Append(letter);
                isWord = true;
            }
        }
    }
}
