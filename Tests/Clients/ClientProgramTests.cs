using CrmImport.Tests.Running;

namespace CrmImport.Tests.Clients;

/// <summary>A client program for each of the five documents walks through all that its document shows, all at once against one service as README starts it.</summary>
public sealed class ClientProgramTests
{
    private static readonly string[] Programs = ["oneserve", "collect", "neoserra", "superoffice", "intouch"];

    private readonly string directory = ServiceProcess.NewDirectory();

    [TearDown]
    public void RemoveDirectory()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task Each_document_s_client_finds_what_its_document_shows()
    {
        if (Tool.Find("python3", "python3") is not { } python)
        {
            Assert.Ignore("python3 is not installed");
            return;
        }

        var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;

        var runs = await Task.WhenAll(Programs.Select(program => RunAsync(python, program, url)));

        using (Assert.EnterMultipleScope())
        {
            foreach (var (program, exitCode, output) in runs)
            {
                Assert.That(exitCode, Is.Zero, $"{program}: {string.Join('\n', output.Split('\n').Where(line => !line.StartsWith("ok ", StringComparison.Ordinal)))}");
                Assert.That(output, Does.Match("\n[1-9][0-9]* steps, 0 failed"), program);
            }
        }
    }

    private static async Task<(string Program, int ExitCode, string Output)> RunAsync(string python, string program, Uri url)
    {
        var (code, output) = await Tool.RunAsync(python, "", "-B", Document.PathOf($"Tests/Clients/{program}.py"), "--url", url.ToString().TrimEnd('/'));
        return (program, code, output);
    }
}
