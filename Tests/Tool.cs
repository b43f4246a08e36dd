using System.Diagnostics;

namespace CrmImport.Tests;

/// <summary>A program that the tests use where it is installed. On CI it must be.</summary>
internal static class Tool
{
    /// <summary>Where it is; null where it is not installed.</summary>
    public static string? Find(string name, string package)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);
        Assert.That(found is not null || string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), Is.True, $"{name} is not installed: apt-get install {package}");
        return found;
    }

    /// <summary>Runs it to its end: exit code and what it said.</summary>
    public static async Task<(int Code, string Output)> RunAsync(string path, string input, params string[] arguments)
    {
        var start = new ProcessStartInfo(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output + await errors);
    }
}
