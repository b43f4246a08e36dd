using System.Diagnostics;
using CrmImport.Infrastructure.Database.Embedded;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Database.Embedded;

/// <summary>Every test has a directory and a server of its own.</summary>
[Platform(Exclude = "Win", Reason = "the embedded PostgreSQL does not run there")]
internal sealed class EmbeddedPostgresTests : IDisposable
{
    private const int Kill = 9;
    private const string Database = "cv_test";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    // the library makes it: a directory of the test's own making would be closed to the server's user
    private readonly string directory = Path.Combine("/tmp", $"crmimport-tests-{Path.GetRandomFileName()}");

    public void Dispose()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task First_start_makes_the_databases_for_a_role_that_is_no_superuser()
    {
        await using var postgres = await StartAsync();
        await postgres.CreateDatabasesAsync(["cv_masterdb", "cv_demodb"], CancellationToken.None);
        await postgres.CreateDatabasesAsync(["cv_demodb", "cv_further"], CancellationToken.None);

        const string facts = """
            select (select rolname || ' ' || rolsuper from pg_roles where rolname = current_user)
                || ' ' || (select string_agg(datname || '=' || pg_get_userbyid(datdba), ',' order by datname) from pg_database where datname like 'cv%')
                || ' ' || current_setting('server_encoding') || ' [' || current_setting('listen_addresses') || ']'
            """;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await ScalarAsync(postgres, facts, "cv_masterdb"), Is.EqualTo("crmimport false cv_demodb=crmimport,cv_further=crmimport,cv_masterdb=crmimport UTF8 []"));
            Assert.That(postgres.ServerVersion, Does.Match(@"^1[5-8]\.\d+$"));
            Assert.That(Process.GetProcessById(postgres.ProcessId).ProcessName, Is.EqualTo("postgres"));
        }
    }

    [Test]
    public async Task The_next_start_finds_the_data_of_the_last()
    {
        int first;
        await using (var postgres = await StartAsync())
        {
            first = postgres.ProcessId;
            await RememberAsync(postgres);
        }

        await EventuallyAsync(() => !Exists(first)); // a moment after its lock file is gone
        await using var again = await StartAsync();
        Assert.That(await ScalarAsync(again, "select text from memory"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task A_second_service_on_the_same_directory_is_refused_and_told_what_to_do()
    {
        await using var postgres = await StartAsync();

        Assert.That(await FailureAsync(), Is.EqualTo(
            $"The directory {postgres.Directory} is in use by another service (process {Environment.ProcessId}): stop it, or set Embedded__Directory to another directory."));
        Assert.That(await ScalarAsync(postgres, "select 'unharmed'", "postgres"), Is.EqualTo("unharmed"));
    }

    [Test]
    public async Task Disposed_twice_it_leaves_neither_lock_nor_socket()
    {
        var postgres = await StartAsync();
        var socketDirectory = new NpgsqlConnectionStringBuilder(postgres.ConnectionString(Database)).Host!;
        await postgres.DisposeAsync();
        await postgres.DisposeAsync();

        Assert.That(socketDirectory, Does.Not.Exist);
        await using var again = await StartAsync();
        Assert.That(again.ProcessId, Is.Not.EqualTo(postgres.ProcessId));
    }

    [Test]
    public async Task A_server_killed_under_the_service_is_started_again_with_its_data()
    {
        await using var postgres = await StartAsync(durable: true);
        await RememberAsync(postgres);
        var killed = postgres.ProcessId;
        await KillAsync(killed);

        await EventuallyAsync(() => postgres.ProcessId != killed);
        Assert.That(await ScalarAsync(postgres, "select text from memory"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task A_server_that_died_while_the_service_was_down_recovers_at_the_next_start()
    {
        await using (var postgres = await StartAsync(durable: true))
        {
            await RememberAsync(postgres);
        }

        var server = await LeaveServerRunningAsync(durable: true);
        await KillAsync(server);
        Assert.That(Path.Combine(directory, "cluster", "postmaster.pid"), Does.Exist);

        await using var again = await StartAsync(durable: true);
        Assert.That(await ScalarAsync(again, "select text from memory"), Is.EqualTo("kept"));
    }

    [Test]
    public async Task A_server_that_a_killed_service_left_running_is_taken_over_and_stopped_in_the_end()
    {
        var left = await LeaveServerRunningAsync(durable: false);
        await using (var postgres = await StartAsync())
        {
            Assert.That(postgres.ProcessId, Is.EqualTo(left));
            Assert.That(await ScalarAsync(postgres, "select 'serving'", "postgres"), Is.EqualTo("serving"));
        }

        await EventuallyAsync(() => !Exists(left)); // a moment after its lock file is gone
    }

    [Test]
    public async Task A_server_left_running_without_durability_is_not_taken_over_by_a_service_that_wants_it()
    {
        var left = await LeaveServerRunningAsync(durable: false);
        await using var postgres = await StartAsync(durable: true);

        Assert.That(postgres.ProcessId, Is.Not.EqualTo(left));
        Assert.That(await ScalarAsync(postgres, "show fsync", "postgres"), Is.EqualTo("on"));
    }

    [Test]
    [Platform("Linux", Reason = "only Linux shows the open files of a process")]
    public async Task The_server_does_not_inherit_the_lock()
    {
        await using var postgres = await StartAsync();
        var descriptors = new DirectoryInfo($"/proc/{postgres.ProcessId}/fd");
        var open = descriptors.GetFileSystemInfos().Select(descriptor => descriptor.LinkTarget).ToList();
        Assert.That(open, Has.Some.Contains("postgresql").Or.Some.Contains("pipe:").Or.Some.Contains("socket:"));
        Assert.That(open, Has.None.EqualTo(Path.Combine(postgres.Directory, "lock")));
    }

    [Test]
    public async Task What_a_killed_initdb_left_is_cleared_away()
    {
        var half = Path.Combine(directory, "cluster.new-killed");
        Directory.CreateDirectory(Path.Combine(half, "base"));
        await File.WriteAllTextAsync(Path.Combine(half, "PG_VERSION"), "15");

        await using var postgres = await StartAsync();
        Assert.That(half, Does.Not.Exist);
        Assert.That(await ScalarAsync(postgres, "select 'whole'", "postgres"), Is.EqualTo("whole"));
    }

    [Test]
    public async Task Somebody_elses_files_in_the_place_of_the_cluster_are_kept_and_named()
    {
        Directory.CreateDirectory(Path.Combine(directory, "cluster", "photos"));

        Assert.That(await FailureAsync(), Does.Contain("contains something other than a PostgreSQL cluster"));
        Assert.That(Path.Combine(directory, "cluster", "photos"), Does.Exist);
    }

    [Test]
    public async Task An_incomplete_BinDirectory_is_refused_by_naming_what_it_lacks()
    {
        var programs = Path.Combine(directory, "programs");
        Directory.CreateDirectory(programs);
        await File.WriteAllTextAsync(Path.Combine(programs, "initdb"), "");

        Assert.That(await FailureAsync(programs), Does.StartWith($"Embedded__BinDirectory {programs} has no pg_ctl and no postgres: "));
    }

    [TestCase("postgres (PostgreSQL) 14.2", "PostgreSQL 15 to 18 is needed, but only PostgreSQL 14.2 in ")]
    [TestCase("postgres (PostgreSQL) 9.6.24", "PostgreSQL 15 to 18 is needed, but only PostgreSQL 9.6 in ")]
    [TestCase("postgres (PostgreSQL) 19beta1", "PostgreSQL 15 to 18 is needed, but only PostgreSQL 19beta1 in ")]
    public async Task Another_version_than_those_supported_is_refused(string answer, string expected) =>
        Assert.That(await FailureAsync(Programs(("initdb", "exit 1"), ("pg_ctl", "exit 1"), ("postgres", $"echo '{answer}'"))), Does.StartWith(expected));

    [TestCase("FATAL:  could not extend file \"a\": No space left on device\nHINT:  Check free disk space.\nPANIC:  cannot abort\nAborted\n", "could not extend file \"a\": No space left on device")]
    [TestCase("FATAL:  could not extend file \"a\": wrote only 1 of 2 bytes\nHINT:  Check free disk space.\nPANIC:  cannot abort", "No space left on device (could not extend file \"a\": wrote only 1 of 2 bytes)")]
    [TestCase("2026-01-01 00:00:00.000 UTC [1] LOG:  starting\n2026-01-01 00:00:00.000 UTC [1] FATAL:  bad.\n2026-01-01 00:00:00.000 UTC [1] LOG:  stopped\n", "bad")]
    [TestCase("initdb: error: could not access directory\ninitdb: hint: none", "could not access directory")]
    [TestCase("sh: cannot create x: Read-only file system\n", "sh: cannot create x: Read-only file system")]
    [TestCase("", "no reason was given")]
    public void The_reason_of_a_failure_is_the_line_that_names_it(string output, string reason) =>
        Assert.That(ServerLog.Reason(output), Is.EqualTo(reason));

    [Test]
    public async Task When_initdb_fails_its_reason_is_told_and_nothing_stays()
    {
        const string failing = "echo 'FATAL:  could not extend file: No space left on device' >&2; echo 'initdb: removing contents' >&2; exit 1";
        var programs = Programs(("initdb", failing), ("pg_ctl", "exit 1"), ("postgres", "echo 'postgres (PostgreSQL) 15.1'"));

        Assert.That(await FailureAsync(programs), Does.EndWith("cannot be created in " + directory + ": could not extend file: No space left on device."));
        Assert.That(Directory.GetDirectories(directory, "cluster*"), Is.Empty);
    }

    [Test]
    public async Task When_the_server_does_not_start_the_reason_stands_in_the_error()
    {
        await using (await StartAsync())
        {
        }

        await File.AppendAllTextAsync(Path.Combine(directory, "cluster", "postgresql.conf"), "\nmax_connections = many\n");
        Assert.That(await FailureAsync(), Does.StartWith($"The embedded PostgreSQL in {directory} did not start: ").And.Not.Contain("\n"));
        Assert.That(await FailureAsync(), Does.Contain("configuration file"));
    }

    [Test]
    public async Task A_cluster_of_another_major_version_is_refused_by_naming_both()
    {
        string version;
        await using (var postgres = await StartAsync())
        {
            version = postgres.ServerVersion;
        }

        await File.WriteAllTextAsync(Path.Combine(directory, "cluster", "PG_VERSION"), "12\n");
        Assert.That(await FailureAsync(), Does.StartWith($"The data in {directory} were created by PostgreSQL 12, but only ").And.Contain($"PostgreSQL {version} in "));
    }

    private static async Task<string?> ScalarAsync(EmbeddedPostgres postgres, string sql, string database = Database)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString(database) + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() as string;
    }

    private static async Task RememberAsync(EmbeddedPostgres postgres)
    {
        await postgres.CreateDatabasesAsync([Database], CancellationToken.None);
        await ScalarAsync(postgres, "create table memory (text text); insert into memory values ('kept')");
    }

    private static async Task KillAsync(int processId)
    {
        Assert.That(Posix.Signal(processId, Kill), Is.Zero);
        await EventuallyAsync(() => !Exists(processId));
    }

    /// <summary>A zombie has no command line; elsewhere than on Linux it counts as existing until it is reaped.</summary>
    private static bool Exists(int processId) => OperatingSystem.IsLinux()
        ? File.Exists($"/proc/{processId}/cmdline") && File.ReadAllText($"/proc/{processId}/cmdline").Length > 0
        : Posix.Signal(processId, 0) == 0;

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        while (!condition())
        {
            await timer.WaitForNextTickAsync(deadline.Token);
        }
    }

    private Task<EmbeddedPostgres> StartAsync(string binDirectory = "", bool durable = false) => EmbeddedPostgres.StartAsync(
        new EmbeddedPostgresOptions { Directory = directory, BinDirectory = binDirectory, Durable = durable }, "/", NullLogger.Instance, CancellationToken.None);

    private async Task<string> FailureAsync(string binDirectory = "")
    {
        try
        {
            await using var postgres = await StartAsync(binDirectory);
            return "it started";
        }
        catch (EmbeddedPostgresException exception)
        {
            return exception.Message;
        }
    }

    /// <summary>The server alone, without the service around it: what kill -9 of the service leaves.</summary>
    private async Task<int> LeaveServerRunningAsync(bool durable)
    {
        var place = await ClusterPlace.ResolveAsync(directory, "", NullLogger.Instance, CancellationToken.None);
        var binaries = await PostgresBinaries.FindAsync(place, "", NullLogger.Instance, CancellationToken.None);
        await Cluster.EnsureAsync(place, binaries, durable, CancellationToken.None);
        var server = new PostgresServer(place, binaries, durable, NullLogger.Instance);
        await server.StartAsync(CancellationToken.None);
        return server.ProcessId;
    }

    private string Programs(params (string Name, string Script)[] programs)
    {
        var path = Directory.CreateDirectory(Path.Combine(directory, "programs")).FullName;
        foreach (var (name, script) in programs)
        {
            var file = Path.Combine(path, name);
            File.WriteAllText(file, $"#!/bin/sh\n{script}\n");
            Posix.ChangeMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }

        return path;
    }
}
