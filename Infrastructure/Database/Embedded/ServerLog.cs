using System.Text.RegularExpressions;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The server's own log, inside the cluster: bounded, and read for the reason when something fails.</summary>
internal sealed partial class ServerLog(ClusterPlace place)
{
    /// <summary>Relative to the place's directory; holds what the server says before its log collector runs.</summary>
    public const string StartFile = "cluster/start.log";

    private const string DiskFull = "No space left on device";

    /// <summary>Of "wrote only 4096 of 8192 bytes", which is a full disk too.</summary>
    private const string DiskFullHint = "Check free disk space.";

    private const int FilesKept = 4;

    /// <summary>A file ends at 10 MB; rows' contents (personal data) stay out of it.</summary>
    public static IEnumerable<string> Settings =>
    [
        "logging_collector=on", "log_directory=log", "log_filename=server-%Y%m%d-%H%M%S.log", "log_rotation_size=10MB", "log_rotation_age=1d",
        "log_file_mode=0600", "log_error_verbosity=terse", "log_min_error_statement=panic",
    ];

    /// <summary>Where the log ended before this start: what earlier ones said is not why this one failed.</summary>
    private (string File, long Length) earlier;

    private string[] Files
    {
        get
        {
            var directory = Path.Combine(place.Cluster, "log");
            return Directory.Exists(directory) ? [.. Directory.GetFiles(directory, "server-*.log").OrderDescending(StringComparer.Ordinal)] : [];
        }
    }

    /// <summary>PostgreSQL rotates but never deletes.</summary>
    public void Trim()
    {
        foreach (var file in Files.Skip(FilesKept))
        {
            File.Delete(file);
        }
    }

    public void StartAnew()
    {
        Trim();
        File.Delete(Path.Combine(place.Directory, StartFile));
        earlier = Files.FirstOrDefault() is { } newest ? (newest, new FileInfo(newest).Length) : ("", 0);
    }

    /// <summary>Why the last start failed. A full disk cannot log itself, so it is looked at as well.</summary>
    public string FailureReason(string otherwise)
    {
        var start = Path.Combine(place.Directory, StartFile);
        var reason = Reason($"{otherwise}\n{(File.Exists(start) ? File.ReadAllText(start) : "")}\n{SinceStart()}");
        return new DriveInfo(place.Directory).AvailableFreeSpace > 1 << 20 ? reason : WithDiskFull(reason);
    }

    /// <summary>The full disk, which makes other errors follow, else the last line that names an error, else the last line, without time, process and full stop.</summary>
    public static string Reason(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var hint = Array.FindIndex(lines, line => line.EndsWith(DiskFullHint, StringComparison.Ordinal));
        if (hint > 0)
        {
            return WithDiskFull(Sentence(lines[hint - 1]));
        }

        return Sentence(lines.LastOrDefault(line => line.Contains(DiskFull, StringComparison.Ordinal))
            ?? lines.LastOrDefault(line => Severity().IsMatch(line))
            ?? lines.LastOrDefault()
            ?? "no reason was given");
    }

    private static string Sentence(string line) => Severity().Replace(line, "").TrimEnd('.');

    private static string WithDiskFull(string reason) => reason.Contains(DiskFull, StringComparison.Ordinal) ? reason : $"{DiskFull} ({reason})";

    private string SinceStart()
    {
        if (Files.FirstOrDefault() is not { } newest)
        {
            return "";
        }

        using var file = new FileStream(newest, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = newest == earlier.File ? earlier.Length : 0;
        using var reader = new StreamReader(file);
        return reader.ReadToEnd();
    }

    [GeneratedRegex(@"^.*?\b(PANIC|FATAL|ERROR|error):\s+")]
    private static partial Regex Severity();
}
