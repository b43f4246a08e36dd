using System.Text.RegularExpressions;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The server's own log, inside the cluster: bounded, and read for the reason when something fails.</summary>
internal sealed partial class ServerLog(ClusterPlace place)
{
    /// <summary>Relative to the place's directory; holds what the server says before its log collector runs.</summary>
    public const string StartFile = "cluster/start.log";

    private const string DiskFull = "No space left on device";
    private const int FilesKept = 4;

    /// <summary>A file ends at 10 MB; rows' contents (personal data) stay out of it.</summary>
    public static IEnumerable<string> Settings =>
    [
        "logging_collector=on", "log_directory=log", "log_filename=server-%Y%m%d-%H%M%S.log", "log_rotation_size=10MB", "log_rotation_age=1d",
        "log_file_mode=0600", "log_error_verbosity=terse", "log_min_error_statement=panic",
    ];

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
    }

    /// <summary>Why the last start failed. A full disk cannot log itself, so it is looked at as well.</summary>
    public string FailureReason(string otherwise)
    {
        var start = Path.Combine(place.Directory, StartFile);
        var started = File.GetLastWriteTimeUtc(start);
        var files = Files.Take(1).Where(file => File.GetLastWriteTimeUtc(file) >= started.AddSeconds(-1)).Append(start).Where(File.Exists);
        var reason = Reason(string.Join('\n', files.Reverse().Select(File.ReadAllText).Prepend(otherwise)));
        return reason.Contains(DiskFull, StringComparison.Ordinal) || new DriveInfo(place.Directory).AvailableFreeSpace > 1 << 20
            ? reason
            : $"{DiskFull} ({reason})";
    }

    /// <summary>The full disk, which makes other errors follow, else the last line that names an error, else the last line, without time, process and full stop.</summary>
    public static string Reason(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var line = lines.LastOrDefault(line => line.Contains(DiskFull, StringComparison.Ordinal)) ?? lines.LastOrDefault(line => Severity().IsMatch(line)) ?? lines.LastOrDefault() ?? "no reason was given";
        return Severity().Replace(line, "").TrimEnd('.');
    }

    [GeneratedRegex(@"^.*?\b(PANIC|FATAL|ERROR|error|npm error):\s+|^npm error\s+")]
    private static partial Regex Severity();
}
