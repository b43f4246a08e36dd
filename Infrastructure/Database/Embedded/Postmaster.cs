using System.Globalization;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>What <c>postmaster.pid</c> says: the server's process and whether it takes connections yet.</summary>
internal sealed record Postmaster(int ProcessId, string Status)
{
    private const int StatusLine = 7;

    public bool IsReady => Status == "ready";

    public static string FileOf(ClusterPlace place) => Path.Combine(place.Cluster, "postmaster.pid");

    /// <summary>Null when no server left the file, or one has only begun to write it.</summary>
    public static Postmaster? Read(ClusterPlace place)
    {
        try
        {
            var lines = File.ReadAllLines(FileOf(place));
            return lines.Length > 0 && int.TryParse(lines[0], CultureInfo.InvariantCulture, out var processId)
                ? new Postmaster(processId, lines.ElementAtOrDefault(StatusLine)?.Trim() ?? "")
                : null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Whether this process is the server of this place: its command line names the socket directory, so that neither a zombie nor a reused number counts.</summary>
    public static async Task<bool> RunsAsync(ClusterPlace place, int processId)
    {
        if (Posix.Signal(processId, 0) != 0)
        {
            return false;
        }

        if ((await CommandLineAsync(processId)).Contains(place.SocketDirectory, StringComparison.Ordinal))
        {
            return true;
        }

        Posix.Reap(processId);
        return false;
    }

    /// <summary>Whether another PostgreSQL runs on these data, started by hand perhaps.</summary>
    public static async Task<bool> IsForeignAsync(ClusterPlace place, int processId)
    {
        if (!(await CommandLineAsync(processId)).Contains("postgres", StringComparison.Ordinal))
        {
            return false;
        }

        try
        {
            // a server works in its data directory; after a reboot the number may be that of another cluster's server
            return new FileInfo($"/proc/{processId}/cwd").LinkTarget is not { } directory || directory == place.Cluster;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return true;
        }
    }

    private static async Task<string> CommandLineAsync(int processId)
    {
        if (!OperatingSystem.IsLinux())
        {
            var answer = await Command.RunAsync(
                new System.Diagnostics.ProcessStartInfo("ps", ["-ww", "-o", "command=", "-p", processId.ToString(CultureInfo.InvariantCulture)]),
                TimeSpan.FromSeconds(10),
                CancellationToken.None);
            return answer.Output;
        }

        try
        {
            return await File.ReadAllTextAsync($"/proc/{processId}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
