using System.Diagnostics;
using Npgsql;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>The server process of one cluster: started in a session of its own by pg_ctl, so that a Ctrl-C meant for the service does not reach it.</summary>
internal sealed class PostgresServer(ClusterPlace place, PostgresBinaries binaries, bool durable, ILogger logger)
{
    /// <summary>Enough for a dozen databases: each may take a pool of 20, its writers and the listener.</summary>
    private const int MaxConnections = 300;

    /// <summary>Recovery after a crash is part of starting.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    /// <summary>Backends of a killed server end when their statement does, and hold its shared memory until then.</summary>
    private static readonly TimeSpan OrphanTimeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly ServerLog log = new(place);

    public int ProcessId { get; private set; }

    public Task<bool> IsRunningAsync() => Postmaster.RunsAsync(place, ProcessId);

    /// <summary>Returns when the server takes connections: one that a killed service left running, or a new one.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await place.PrepareSocketDirectoryAsync(cancellationToken);

        // Another process's files say how far it is, and nothing tells when they change.
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(PollInterval, cancellationToken))
        {
            if (await TakeOverAsync(cancellationToken))
            {
                return;
            }

            log.StartAnew();
            var result = await PgCtlAsync(["start", "-l", ServerLog.StartFile, "-o", Settings()], StartTimeout, cancellationToken);
            if (result.Succeeded && Postmaster.Read(place) is { } started)
            {
                ProcessId = started.ProcessId;
                return;
            }

            var reason = log.FailureReason(result.Error);
            if (!IsPassing(reason) || clock.Elapsed > OrphanTimeout)
            {
                throw await FailureAsync(reason);
            }
        }
    }

    /// <summary>Open transactions are rolled back; sessions that do not end in time are cut off, which costs a recovery at the next start.</summary>
    public async Task StopAsync()
    {
        foreach (var mode in new[] { "fast", "immediate" })
        {
            if (Postmaster.Read(place) is not { } running || !await Postmaster.RunsAsync(place, running.ProcessId))
            {
                break;
            }

            var result = await PgCtlAsync(["stop", "-m", mode], StopTimeout, CancellationToken.None);
            if (!result.Succeeded)
            {
                logger.LogWarning("The embedded PostgreSQL in {Directory} did not stop in mode {Mode}: {Reason}", place.Directory, mode, ServerLog.Reason(result.Error));
            }
        }
    }

    public void TrimLog() => log.Trim();

    /// <summary>True when a server of ours runs, is ready and is set as asked. One that runs but does not serve is stopped.</summary>
    private async Task<bool> TakeOverAsync(CancellationToken cancellationToken)
    {
        for (var clock = Stopwatch.StartNew(); Postmaster.Read(place) is { } running; await Task.Delay(PollInterval, cancellationToken))
        {
            if (!await Postmaster.RunsAsync(place, running.ProcessId))
            {
                await ClearStaleFilesAsync(running);
                return false;
            }

            if (running.IsReady)
            {
                if (await ServesAsync(running, cancellationToken))
                {
                    ProcessId = running.ProcessId;
                    logger.LogInformation("Took over the embedded PostgreSQL (process {ProcessId}) that an earlier run left in {Directory}", ProcessId, place.Directory);
                    return true;
                }

                await StopAsync();
                return false;
            }

            if (clock.Elapsed > StartTimeout)
            {
                throw new EmbeddedPostgresException(
                    $"The embedded PostgreSQL in {place.Directory} (process {running.ProcessId}) has been {running.Status} for {StartTimeout.TotalSeconds} seconds: look into its log in {place.Cluster}/log.");
            }
        }

        return false;
    }

    /// <summary>PostgreSQL clears a dead server's files itself, unless its number has gone to another process, or to a zombie that nobody reaps.</summary>
    private async Task ClearStaleFilesAsync(Postmaster stale)
    {
        if (Posix.Signal(stale.ProcessId, 0) != 0)
        {
            return;
        }

        if (await Postmaster.IsForeignAsync(place, stale.ProcessId))
        {
            throw new EmbeddedPostgresException($"A PostgreSQL that this service did not start (process {stale.ProcessId}) runs on {place.Cluster}: stop it first.");
        }

        File.Delete(Postmaster.FileOf(place));
        place.ClearSocketDirectory();
    }

    private async Task<bool> ServesAsync(Postmaster running, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await new ClusterAccess(place).ConnectAsSuperUserAsync(cancellationToken);
            await using var command = new NpgsqlCommand("select split_part(pg_read_file('postmaster.pid'), e'\\n', 1) || current_setting('fsync')", connection);
            return await command.ExecuteScalarAsync(cancellationToken) as string == $"{running.ProcessId}{(durable ? "on" : "off")}";
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task<EmbeddedPostgresException> FailureAsync(string reason)
    {
        if (Postmaster.Read(place) is { } running && await Postmaster.RunsAsync(place, running.ProcessId))
        {
            return new EmbeddedPostgresException(
                $"The embedded PostgreSQL in {place.Directory} was not ready within {StartTimeout.TotalSeconds} seconds ({reason}): start the service again, which takes it over.");
        }

        place.RemoveSocketDirectory();
        return new EmbeddedPostgresException($"The embedded PostgreSQL in {place.Directory} did not start: {reason}.");
    }

    private static bool IsPassing(string reason) =>
        reason.Contains("shared memory block", StringComparison.Ordinal) || reason.Contains("lock file \"postmaster.pid\"", StringComparison.Ordinal);

    /// <summary>The command line goes through a shell: no value here has a character that one minds.</summary>
    private string Settings()
    {
        string[] settings =
        [
            "listen_addresses=", "port=5432", $"max_connections={MaxConnections}", $"unix_socket_directories={place.SocketDirectory}",
            .. ServerLog.Settings,
            .. durable ? Array.Empty<string>() : ["fsync=off", "synchronous_commit=off", "full_page_writes=off"],
        ];
        return string.Join(' ', settings.Select(setting => $"-c {setting}"));
    }

    /// <summary>Paths are relative to the directory it runs in: pg_ctl puts them into a shell's double quotes.</summary>
    private Task<CommandResult> PgCtlAsync(string[] arguments, TimeSpan timeout, CancellationToken cancellationToken) => Command.RunAsync(
        place.User,
        place.Directory,
        binaries.PgCtl,
        [.. arguments, "-s", "-w", "-t", $"{timeout.TotalSeconds:0}", "-D", "cluster"],
        timeout + TimeSpan.FromSeconds(5), // its own time-out first
        cancellationToken);
}
