namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The data directory: made once, by initdb.</summary>
internal static class Cluster
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(2);

    public static async Task EnsureAsync(ClusterPlace place, PostgresBinaries binaries, bool durable, CancellationToken cancellationToken)
    {
        if (place.ClusterMajor is not null)
        {
            return;
        }

        if (Directory.Exists(place.Cluster))
        {
            RemoveIfEmpty(place.Cluster);
        }

        var temporary = place.NewDirectory("cluster");
        try
        {
            await InitializeAsync(place, binaries, temporary, durable, cancellationToken);
            Directory.Move(temporary, place.Cluster);
            Posix.SyncDirectory(place.Directory);
        }
        catch
        {
            Directory.Delete(temporary, recursive: true);
            throw;
        }
    }

    private static void RemoveIfEmpty(string directory)
    {
        if (Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new EmbeddedPostgresException($"The directory {directory} contains something other than a PostgreSQL cluster: move it, or set Embedded__Directory to another directory.");
        }

        Directory.Delete(directory);
    }

    private static async Task InitializeAsync(ClusterPlace place, PostgresBinaries binaries, string directory, bool durable, CancellationToken cancellationToken)
    {
        Posix.ChangeMode(directory, OwnerOnly);
        if (place.User.Name is not null)
        {
            Posix.ChangeOwner(directory, place.User.Id, place.User.GroupId);
        }

        var result = await InitDbAsync("C.UTF-8");
        if (result.Error.Contains("invalid locale", StringComparison.Ordinal))
        {
            result = await InitDbAsync("C"); // macOS and old C libraries know no C.UTF-8; the encoding is the same
        }

        if (!result.Succeeded)
        {
            var reason = result.TimedOut ? $"initdb took more than {Timeout.TotalMinutes} minutes" : ServerLog.Reason(result.Error);
            throw new EmbeddedPostgresException($"The embedded PostgreSQL cannot be created in {place.Directory}: {reason}.");
        }

        Task<CommandResult> InitDbAsync(string locale) => Command.RunAsync(
            place.User,
            place.Directory,
            binaries.InitDb,
            ["-D", Path.GetFileName(directory), "-U", "postgres", "--auth=trust", "-E", "UTF8", $"--locale={locale}", .. durable ? Array.Empty<string>() : ["--no-sync"]],
            Timeout,
            cancellationToken);
    }
}
