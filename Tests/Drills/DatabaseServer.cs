using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Processes;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Drills;

/// <summary>A private, durable PostgreSQL without a supervisor: a drill that stops it also starts it.</summary>
internal sealed class DatabaseServer
{
    /// <summary>Enough for the service and the drill; few enough to exhaust.</summary>
    public const int MaxConnections = 60;

    private const int KillSignal = 9;
    private const string SmallDisk = "size=700m,mode=0755";

    private static readonly TimeSpan StopTimeout = TimeSpan.FromMinutes(1);

    private readonly ClusterPlace place;
    private readonly PostgresBinaries binaries;
    private readonly PostgresServer server;
    private readonly bool isMounted;

    private DatabaseServer(ClusterPlace place, PostgresBinaries binaries, bool isMounted) =>
        (this.place, this.binaries, this.isMounted, server) = (place, binaries, isMounted, new PostgresServer(place, binaries, durable: true, NullLogger.Instance));

    /// <summary>As the service's role, which owns the database and is not a superuser.</summary>
    public string ConnectionString => new ClusterAccess(place).ConnectionString(SeedData.Database);

    public string Directory => place.Directory;

    public bool IsRunning => Postmaster.Read(place) is { } running && Posix.Signal(running.ProcessId, 0) == 0;

    public static async Task<DatabaseServer> StartAsync(string directory, bool onSmallDisk)
    {
        if (!onSmallDisk)
        {
            return await StartOnAsync(directory, isMounted: false);
        }

        System.IO.Directory.CreateDirectory(directory);
        await Shell.RunAsync("mount", ["-t", "tmpfs", "-o", SmallDisk, "crmimport-drills", directory]);
        try
        {
            return await StartOnAsync(directory, isMounted: true);
        }
        catch
        {
            await Shell.RunAsync("umount", [directory]);
            throw;
        }
    }

    /// <summary>Returns when it accepts connections, after crash recovery if need be.</summary>
    public Task StartAsync() => server.StartAsync(CancellationToken.None);

    /// <summary>pg_ctl's mode: fast or immediate.</summary>
    public async Task StopAsync(string mode)
    {
        var result = await Command.RunAsync(place.User, place.Directory, binaries.PgCtl, ["stop", "-s", "-w", "-D", "cluster", "-m", mode], StopTimeout, CancellationToken.None);
        if (!result.Succeeded)
        {
            throw new InvalidOperationException($"PostgreSQL was not stopped: {result.Error}");
        }
    }

    public void Kill() => _ = Posix.Signal(Postmaster.Read(place)!.ProcessId, KillSignal);

    /// <summary>A connection as the superuser, for whom PostgreSQL reserves a few.</summary>
    public async Task<NpgsqlConnection> ConnectAsync()
    {
        var connection = new NpgsqlConnection($"{new NpgsqlConnectionStringBuilder(ConnectionString) { Username = "postgres", Pooling = false, ApplicationName = "drill" }}");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>Stops it and copies its log to the given file, if any.</summary>
    public async Task DisposeAsync(string? log)
    {
        await server.StopAsync();
        place.RemoveSocketDirectory();
        if (log is not null)
        {
            await File.WriteAllLinesAsync(log, System.IO.Directory.GetFiles(Path.Combine(place.Cluster, "log")).Order().SelectMany(File.ReadLines));
        }

        if (isMounted)
        {
            await Shell.RunAsync("umount", [place.Directory]);
        }

        System.IO.Directory.Delete(place.Directory, recursive: true);
    }

    private static async Task<DatabaseServer> StartOnAsync(string directory, bool isMounted)
    {
        var place = await ClusterPlace.ResolveAsync(directory, "", NullLogger.Instance, CancellationToken.None);
        var binaries = await PostgresBinaries.FindAsync(place, "", NullLogger.Instance, CancellationToken.None);
        await Cluster.EnsureAsync(place, binaries, durable: true, CancellationToken.None);
        await File.AppendAllTextAsync(Path.Combine(place.Cluster, "postgresql.conf"), $"max_connections = {MaxConnections}\nmax_wal_size = 64MB\n");
        var started = new DatabaseServer(place, binaries, isMounted);
        await started.StartAsync();
        await using var connection = await new ClusterAccess(place).ConnectAsSuperUserAsync(CancellationToken.None);
        await connection.ExecuteAsync("create role crmimport login");
        await connection.ExecuteAsync($"create database {SeedData.Database} owner crmimport");
        return started;
    }
}
