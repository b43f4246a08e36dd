using System.Diagnostics;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>The served documents, the general one and a database's own, before Spectral, Redocly and openapi-typescript, where npm has installed them. On CI it must.</summary>
public sealed class LintTests
{
    private static readonly string Directory = Path.Combine(ServiceProcess.Root, "Tests", "OpenApi");

    private const string Install = "The tools are not installed: cd Tests/OpenApi && npm ci";

    [Test]
    public async Task The_linters_find_nothing_and_a_program_compiles_against_the_generated_types()
    {
        if (!System.IO.Directory.Exists(Path.Combine(Directory, "node_modules")))
        {
            Assert.That(Environment.GetEnvironmentVariable("CI"), Is.Null.Or.Empty, Install);
            Assert.Ignore(Install);
        }

        var served = await ApiClient.Anonymous.GetAsync("/openapi/v1.json");
        await File.WriteAllTextAsync(Path.Combine(Directory, "v1.json"), served.Body);

        var (database, document) = await RuledDatabase.MakeAsync();
        await File.WriteAllTextAsync(Path.Combine(Directory, "ruled.json"), document);

        var (code, said) = await RunAsync("npm", "run", "check");
        Assert.That(code, Is.Zero, said);
        Assert.That(said, Does.Contain("Your API descriptions are valid").And.Not.Contain("Warning was generated"));

        var owner = await database.OwnerAsync();
        (code, said) = await RunAsync("node", "out/database.js", $"{ServiceUnderTest.Url}", database.Name, owner.AccessToken!);
        Assert.That(said.Trim(), Is.EqualTo("Typed red null 1980-02-29 true 8"));
    }

    private static async Task<(int Code, string Said)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = Directory, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["REDOCLY_TELEMETRY"], start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"]) = ("off", "true");
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
