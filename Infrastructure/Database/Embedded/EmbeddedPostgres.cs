using Npgsql;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>A private PostgreSQL that lives and ends with the service, reached over a unix socket only. One per directory.</summary>
internal sealed class EmbeddedPostgres : IAsyncDisposable
{
    private const string Role = "crmimport";

    private readonly ClusterPlace place;
    private readonly DirectoryLock directoryLock;
    private readonly PostgresServer server;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task supervision;
    private int disposed;

    private EmbeddedPostgres(ClusterPlace place, DirectoryLock directoryLock, PostgresServer server, string serverVersion, ILogger logger)
    {
        (this.place, this.directoryLock, this.server, ServerVersion) = (place, directoryLock, server, serverVersion);
        supervision = new PostgresSupervisor(server, logger).RunAsync(stopping.Token);
    }

    /// <summary>The server's process; another one after it died and was started again.</summary>
    public int ProcessId => server.ProcessId;

    public string ServerVersion { get; }

    /// <summary>Where the data really are: not in the directory asked for when the server's user cannot enter that.</summary>
    public string Directory => place.Directory;

    public static async Task<EmbeddedPostgres> StartAsync(EmbeddedPostgresOptions options, string contentRoot, ILogger logger, CancellationToken ct)
    {
        if (OperatingSystem.IsWindows())
        {
            throw new EmbeddedPostgresException("The embedded PostgreSQL does not run on Windows: set Databases__cv_masterdb to the connection string of an existing server.");
        }

        var directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Directory, contentRoot));
        try
        {
            var place = await ClusterPlace.ResolveAsync(directory, options.User, logger, ct);
            return await StartAsync(place, options, contentRoot, logger, ct);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NpgsqlException)
        {
            throw new EmbeddedPostgresException($"The embedded PostgreSQL cannot use the directory {directory} ({ServerLog.Reason(exception.Message)}): put that right, or set Embedded__Directory to another directory.", exception);
        }
    }

    public string ConnectionString(string database) => server.ConnectionString(Role, database);

    /// <summary>Creates those that are missing.</summary>
    public async Task CreateDatabasesAsync(IEnumerable<string> names, CancellationToken ct)
    {
        await using var connection = await server.ConnectAsSuperUserAsync(ct);
        var existing = await TextsAsync(connection, "select datname::text from pg_database", ct);
        foreach (var name in names.Except(existing))
        {
            await ExecuteAsync(connection, $"create database {Quoted(name)} owner {Role}", ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref disposed, 1) == 1)
        {
            return;
        }

        await stopping.CancelAsync();
        await supervision.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await StopAsync(place, server, directoryLock);
        stopping.Dispose();
    }

    private static async Task<EmbeddedPostgres> StartAsync(ClusterPlace place, EmbeddedPostgresOptions options, string contentRoot, ILogger logger, CancellationToken ct)
    {
        var directoryLock = DirectoryLock.Take(place.Directory);
        PostgresServer? server = null;
        try
        {
            place.RemoveLeftovers();
            var configured = options.BinDirectory.Length > 0 ? Path.GetFullPath(options.BinDirectory, contentRoot) : "";
            var binaries = await PostgresBinaries.FindAsync(place, configured, logger, ct);
            await Cluster.EnsureAsync(place, binaries, options.Durable, ct);
            var starting = new PostgresServer(place, binaries, options.Durable, logger);
            await starting.StartAsync(ct);
            server = starting; // one that is still recovering when the patience ends goes on: stopped, it would begin anew next time
            return new EmbeddedPostgres(place, directoryLock, server, await PrepareAsync(server, ct), logger);
        }
        catch
        {
            await StopAsync(place, server, directoryLock);
            throw;
        }
    }

    /// <summary>The service's role is no superuser: a mistake in the service stays inside its databases.</summary>
    private static async Task<string> PrepareAsync(PostgresServer server, CancellationToken ct)
    {
        await using var connection = await server.ConnectAsSuperUserAsync(ct);
        var roles = await TextsAsync(connection, "select rolname::text from pg_roles", ct);
        if (!roles.Contains(Role))
        {
            await ExecuteAsync(connection, $"create role {Role} login", ct);
        }

        return connection.PostgreSqlVersion.ToString();
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

    private static async Task<List<string>> TextsAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var texts = new List<string>();
        while (await reader.ReadAsync(ct))
        {
            texts.Add(reader.GetString(0));
        }

        return texts;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static string Quoted(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
}
