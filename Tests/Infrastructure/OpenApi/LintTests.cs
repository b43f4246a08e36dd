using System.Diagnostics;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>The served document before Spectral, Redocly and openapi-typescript, where npm has installed them. On CI it must.</summary>
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

        var start = new ProcessStartInfo("npm", ["run", "check"]) { WorkingDirectory = Directory, RedirectStandardOutput = true, RedirectStandardError = true };
        (start.Environment["REDOCLY_TELEMETRY"], start.Environment["REDOCLY_SUPPRESS_UPDATE_NOTICE"]) = ("off", "true");
        using var check = Process.Start(start)!;
        var (output, errors) = (check.StandardOutput.ReadToEndAsync(), check.StandardError.ReadToEndAsync());
        await check.WaitForExitAsync();
        var said = await output + await errors;

        Assert.That(check.ExitCode, Is.Zero, said);
        Assert.That(said, Does.Contain("Your API description is valid").And.Not.Contain("Warning was generated"));
    }
}
