using System.Text;
using CrmImport.Infrastructure.CommandLine;

namespace CrmImport.Tests.Running;

/// <summary>Commands as the program runs them, in this process and with streams of their own: starting a program takes most of a second of a processor.</summary>
internal static class Commands
{
    /// <summary>Runs one to its end, with that on its standard input.</summary>
    /// <param name="settings">By the names of their environment variables.</param>
    public static async Task<CommandRun> RunAsync(IReadOnlyDictionary<string, string> settings, string input, params string[] arguments)
    {
        await using var output = new StringWriter();
        await using var errors = new StringWriter();
        string[] given = [.. arguments, .. settings.Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}")];
        var exitCode = await Program.RunAsync(given, new Terminal(new MemoryStream(Encoding.UTF8.GetBytes(input)), output, errors, IsInteractive: false));
        return new CommandRun(exitCode, output.ToString().Trim(), errors.ToString().Trim());
    }
}
