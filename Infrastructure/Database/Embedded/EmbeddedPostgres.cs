using System.Diagnostics;
using Npgsql;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>A private PostgreSQL that lives and ends with the service, reached over a unix socket only. One per directory; others may join in.</summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    /// <summary>How long a command waits for a service that is just starting, or stopping.</summary>
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(30);

    private readonly ClusterAccess access;
    private readonly Own? own;
    private int disposed;

    private EmbeddedPostgres(ClusterAccess access, Own? own, string serverVersion) => (this.access, this.own, ServerVersion) = (access, own, serverVersion);

    /// <summary>The server's process; another one after it died and was started again.</summary>
    public int ProcessId => own?.Server.ProcessId ?? Postmaster.Read(access.Place)?.ProcessId ?? 0;

    public string ServerVersion { get; }

    /// <summary>Where the data really are: not in the directory asked for when the server's user cannot enter that.</summary>
    public string Directory => access.Place.Directory;

    public static Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, string contentRoot, ILogger logger, CancellationToken cancellationToken) =>
        InPlaceAsync(options, contentRoot, logger, place => StartAsync(place, options, contentRoot, logger, cancellationToken), cancellationToken);

    /// <summary>For a command: works in the server of the service that runs, which it neither watches nor stops; where none runs, it starts one for as long as it works.</summary>
    public static Task<EmbeddedPostgres> JoinOrStartAsync(EmbeddedPostgresOptions options, string contentRoot, ILogger logger, CancellationToken cancellationToken) =>
        InPlaceAsync(options, contentRoot, logger, place => JoinOrStartAsync(place, options, contentRoot, logger, cancellationToken), cancellationToken);

    public string ConnectionString(string database) => access.ConnectionString(database);

    public Task<IReadOnlyList<string>> DatabasesAsync(CancellationToken cancellationToken) => access.DatabasesAsync(cancellationToken);

    /// <summary>Creates those that are missing.</summary>
    public Task CreateDatabasesAsync(IEnumerable<string> names, CancellationToken cancellationToken) => access.CreateDatabasesAsync(names, cancellationToken);

    /// <summary>Whether a database lets anybody in.</summary>
    public Task AllowConnectionsAsync(string name, bool isAllowed, CancellationToken cancellationToken) => access.AllowConnectionsAsync(name, isAllowed, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 0 && own is not null)
        {
            await own.DisposeAsync();
        }
    }

    private static async Task<EmbeddedPostgres> InPlaceAsync(
        EmbeddedPostgresOptions options, string contentRoot, ILogger logger, Func<ClusterPlace, Task<EmbeddedPostgres>> open, CancellationToken cancellationToken)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EmbeddedPostgresException("The embedded PostgreSQL does not run on Windows: set Databases__cv_masterdb to the connection string of an existing server.");
        }

        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Directory, contentRoot));
        try
        {
            return await open(await ClusterPlace.ResolveAsync(directory, options.User, logger, cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NpgsqlException)
        {
            throw new EmbeddedPostgresException($"The embedded PostgreSQL cannot use the directory {directory} ({ServerLog.Reason(exception.Message)}): fix that, or set Embedded__Directory to another directory.", exception);
        }
    }

    private static async Task<EmbeddedPostgres> JoinOrStartAsync(ClusterPlace place, EmbeddedPostgresOptions options, string contentRoot, ILogger logger, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        for (var clock = Stopwatch.StartNew(); ; await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                return await StartAsync(place, options, contentRoot, logger, cancellationToken);
            }
            catch (DirectoryInUseException) when (clock.Elapsed < JoinPatience)
            {
                if (await TryJoinAsync(new ClusterAccess(place), cancellationToken) is { } joined)
                {
                    return joined;
                }
            }
        }
    }

    private static async Task<EmbeddedPostgres?> TryJoinAsync(ClusterAccess access, CancellationToken cancellationToken)
    {
        try
        {
            return Postmaster.Read(access.Place) is { IsReady: true } ? new EmbeddedPostgres(access, null, await access.PrepareAsync(cancellationToken)) : null;
        }
        catch (NpgsqlException)
        {
            return null; // just stopping
        }
    }

    private static async Task<EmbeddedPostgres> StartAsync(ClusterPlace place, EmbeddedPostgresOptions options, string contentRoot, ILogger logger, CancellationToken cancellationToken)
    {
        var directoryLock = DirectoryLock.Take(place.Directory);
        PostgresServer? server = null;
        try
        {
            place.RemoveLeftovers();
            var configured = options.BinDirectory.Length > 0 ? Path.GetFullPath(options.BinDirectory, contentRoot) : "";
            var binaries = await PostgresBinaries.FindAsync(place, configured, logger, cancellationToken);
            await Cluster.EnsureAsync(place, binaries, options.Durable, cancellationToken);
            var starting = new PostgresServer(place, binaries, options.Durable, logger);
            await starting.StartAsync(cancellationToken);
            server = starting; // one that is still recovering at the time-out continues: stopped, it would start over next time
            var access = new ClusterAccess(place);
            var version = await access.PrepareAsync(cancellationToken);
            return new EmbeddedPostgres(access, new Own(place, directoryLock, server, logger).Supervise(), version);
        }
        catch
        {
            await StopAsync(place, server, directoryLock);
            throw;
        }
    }

    private static async Task StopAsync(ClusterPlace place, PostgresServer? server, DirectoryLock directoryLock)
    {
        using (directoryLock)
        {
            if (server is not null)
            {
                await server.StopAsync();
                place.RemoveSocketDirectory();
            }
        }
    }

    /// <summary>The server that this process started and watches, and stops in the end.</summary>
    private sealed class Own(ClusterPlace place, DirectoryLock directoryLock, PostgresServer server, ILogger logger) : IAsyncDisposable
    {
        private readonly CancellationTokenSource stopping = new();
        private Task supervision = Task.CompletedTask;

        public PostgresServer Server => server;

        public Own Supervise()
        {
            supervision = new PostgresSupervisor(server, logger).RunAsync(stopping.Token);
            return this;
        }

        public async ValueTask DisposeAsync()
        {
            await stopping.CancelAsync();
            await supervision.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await StopAsync(place, server, directoryLock);
            stopping.Dispose();
        }
    }
}
