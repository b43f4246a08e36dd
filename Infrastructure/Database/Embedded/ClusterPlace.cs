using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>
/// Where everything of one embedded PostgreSQL is: <c>cluster</c> (the data), <c>lock</c>, downloaded programs, and the socket's directory, and whose it is.
/// </summary>
internal sealed record ClusterPlace(string Directory, ServerUser User)
{
    private const string Elsewhere = "/var/lib/crmimport";
    private const UnixFileMode Everyone = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    public string Cluster => Path.Combine(Directory, "cluster");

    /// <summary>Short, because a socket's path may have 107 bytes; of one user, because what another left in /tmp is refused.</summary>
    public string SocketDirectory => $"/tmp/crmimport-{Hash($"{User.Id}:{Directory}")}";

    /// <summary>The major version that made the cluster, or null when there is none yet.</summary>
    public int? ClusterMajor
    {
        get
        {
            var file = Path.Combine(Cluster, "PG_VERSION");
            return File.Exists(file) && int.TryParse(File.ReadAllText(file), CultureInfo.InvariantCulture, out var major) ? major : null;
        }
    }

    public static async Task<ClusterPlace> ResolveAsync(string directory, string configuredUser, ILogger logger, CancellationToken cancellationToken)
    {
        var user = await ServerUser.ChooseAsync(configuredUser, cancellationToken);
        var owner = await ServerUser.OwnerOfAsync(Path.Combine(directory, "cluster"), cancellationToken) ?? user;
        if (await ReachAsync(directory, owner, cancellationToken) is { } place)
        {
            return place;
        }

        var elsewhere = Path.Combine(Elsewhere, Hash(directory));
        owner = await ServerUser.OwnerOfAsync(Path.Combine(elsewhere, "cluster"), cancellationToken) ?? user;
        place = user.Name is null ? null : await ReachAsync(elsewhere, owner, cancellationToken);
        if (place is null)
        {
            throw new EmbeddedPostgresException($"The directory {directory} is not accessible: set Embedded__Directory to one that is.");
        }

        logger.LogInformation("{User} cannot enter {Directory}: the embedded PostgreSQL keeps its data in {Elsewhere}", owner.Name, directory, elsewhere);
        return place;
    }

    /// <summary>An empty directory beside the final one: a step that is killed half-way leaves this, never a half of the real thing.</summary>
    public string NewDirectory(string name)
    {
        var directory = Path.Combine(Directory, $"{name}.new-{Path.GetRandomFileName()}");
        System.IO.Directory.CreateDirectory(directory);
        Posix.ChangeMode(directory, Everyone);
        return directory;
    }

    /// <summary>Removes what killed steps left; only the holder of the lock may.</summary>
    public void RemoveLeftovers()
    {
        foreach (var leftover in System.IO.Directory.GetDirectories(Directory, "*.new-*"))
        {
            try
            {
                System.IO.Directory.Delete(leftover, recursive: true);
            }
            catch (IOException)
            {
                // an initdb that outlived its service may still be writing: it goes next time
            }
        }
    }

    /// <summary>Makes the socket's directory; anybody may have made something of this name in /tmp before, so the server's user makes it and then looks whose it is.</summary>
    public async Task PrepareSocketDirectoryAsync(CancellationToken cancellationToken)
    {
        var made = await Command.RunAsync(User, "/", "/bin/sh", ["-c", "mkdir -m 700 \"$1\" 2>/dev/null; ls -ldn \"$1\"", "sh", SocketDirectory], Timeout, cancellationToken);
        var columns = made.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (columns.Length < 3 || !columns[0].StartsWith("drwx------", StringComparison.Ordinal) || columns[2] != User.Id.ToString(CultureInfo.InvariantCulture))
        {
            throw new EmbeddedPostgresException(columns.Length < 3
                ? $"The socket directory {SocketDirectory} cannot be created: {ServerLog.Reason(made.Error)}."
                : $"The socket directory {SocketDirectory} was created by somebody else: remove it, or set Embedded__Directory to another directory.");
        }
    }

    public void ClearSocketDirectory()
    {
        foreach (var file in System.IO.Directory.GetFiles(SocketDirectory))
        {
            File.Delete(file);
        }
    }

    /// <summary>Keeps it while a server is still in it.</summary>
    public void RemoveSocketDirectory()
    {
        try
        {
            System.IO.Directory.Delete(SocketDirectory);
        }
        catch (IOException)
        {
            // in use, or gone already
        }
    }

    /// <summary>Null when the user cannot get there. The physical path is kept: one directory has one socket, whatever links lead to it.</summary>
    private static async Task<ClusterPlace?> ReachAsync(string directory, ServerUser user, CancellationToken cancellationToken)
    {
        var existing = directory;
        while (!System.IO.Directory.Exists(existing))
        {
            existing = Path.GetDirectoryName(existing)!;
        }

        var entered = await Command.RunAsync(user, "/", "/bin/sh", ["-c", "cd \"$1\" && pwd -P", "sh", existing], Timeout, cancellationToken);
        if (!entered.Succeeded)
        {
            return entered.ExitCode == 127 ? throw new EmbeddedPostgresException($"Commands cannot be run as {user.Name}: {entered.Error}.") : null;
        }

        var physical = entered.Output.TrimEnd('\n');
        foreach (var part in Path.GetRelativePath(existing, directory).Split('/').Where(part => part != "."))
        {
            physical = Path.Combine(physical, part);
            System.IO.Directory.CreateDirectory(physical);
            Posix.ChangeMode(physical, Everyone); // whatever the umask: the server's user has to pass
        }

        return new ClusterPlace(physical, user);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
}
