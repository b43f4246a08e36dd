using System.Diagnostics;
using System.Globalization;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The account the server runs as; the name is null when it is the service's own.</summary>
internal sealed record ServerUser(string? Name, uint Id, uint GroupId)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>PostgreSQL refuses to run as root: an unprivileged account takes its place.</summary>
    public static async Task<ServerUser> ChooseAsync(string configured, CancellationToken cancellationToken)
    {
        var self = Posix.EffectiveUserId();
        if (self != 0)
        {
            return new ServerUser(null, self, 0);
        }

        string[] names = configured.Length > 0 ? [configured] : ["postgres", "nobody"];
        foreach (var name in names)
        {
            if (await LookUpAsync(name, cancellationToken) is { Id: not 0 } user)
            {
                return user;
            }
        }

        throw new EmbeddedPostgresException(
            $"PostgreSQL does not run as root and there is no unprivileged account named {string.Join(" or ", names)}: set Embedded__User to one that exists.");
    }

    /// <summary>The account that made this cluster and alone can run it, so that a service once started with sudo keeps working; null when there is no cluster.</summary>
    public static async Task<ServerUser?> OwnerOfAsync(string cluster, CancellationToken cancellationToken)
    {
        if (Posix.EffectiveUserId() != 0 || await OwnerIdAsync(cluster, cancellationToken) is not { } owner)
        {
            return null;
        }

        var name = (await RunAsync("id", ["-nu", owner], cancellationToken)).Output.Trim();
        return owner != "0" && name.Length > 0
            ? await LookUpAsync(name, cancellationToken)
            : throw new EmbeddedPostgresException($"The PostgreSQL cluster {cluster} belongs to user id {owner}, as whom PostgreSQL cannot run: give it to another with chown -R.");
    }

    private static async Task<ServerUser?> LookUpAsync(string name, CancellationToken cancellationToken)
    {
        var id = await RunAsync("id", ["-u", "--", name], cancellationToken);
        var group = await RunAsync("id", ["-g", "--", name], cancellationToken);
        return uint.TryParse(id.Output, CultureInfo.InvariantCulture, out var user) && uint.TryParse(group.Output, CultureInfo.InvariantCulture, out var groupId)
            ? new ServerUser(name, user, groupId)
            : null;
    }

    private static async Task<string?> OwnerIdAsync(string cluster, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(cluster, "PG_VERSION")))
        {
            return null;
        }

        // .NET does not report owners; this form is POSIX: mode, links, user id, group id
        var listing = await RunAsync("ls", ["-ldn", "--", cluster], cancellationToken);
        return listing.Output.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(2);
    }

    private static Task<CommandResult> RunAsync(string file, string[] arguments, CancellationToken cancellationToken) =>
        Command.RunAsync(new ProcessStartInfo(file, arguments), Timeout, cancellationToken);
}
