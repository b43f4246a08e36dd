using System.Collections.Concurrent;
using System.Net.Sockets;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Database.Migrations;
using Dapper;
using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Containers;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Testcontainers.PostgreSql;

namespace CrmImport.Tests;

/// <summary>
/// The PostgreSQL server that the tests run on. The first of these that applies:
/// <list type="number">
/// <item><c>CRM_TEST_DB='Host=…;Username=…;Password=…'</c>: that server. The user needs CREATEDB, and max_connections must be at least 300. The databases are dropped at the end.</item>
/// <item><c>CRM_TEST_DB=container</c>: a Testcontainers container of the image <c>CRM_TEST_IMAGE</c> (postgres:18).</item>
/// <item>PostgreSQL is installed on this machine: a private, temporary cluster, which starts fastest.</item>
/// <item>A Docker-compatible socket answers: a container, as in 2.</item>
/// <item>Otherwise a private, temporary cluster with the binaries of an npm package.</item>
/// </list>
/// Tests that stop or kill PostgreSQL start an <see cref="EmbeddedPostgres"/> of their own.
/// </summary>
internal sealed class TestServer : IAsyncDisposable
{
    private const string Role = "crmimport"; // not a superuser, as in production
    private const int MaxConnections = 300; // as the embedded server has
    private const string UseServer = "CRM_TEST_DB='Host=localhost;Username=…;Password=…' dotnet test # a server that is running";

    /// <summary>Long enough to pull an image.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(5);

    private readonly string server;
    private readonly Func<TestServer, ValueTask> stop;
    private readonly ConcurrentBag<string> databases = [];

    private readonly Lazy<Task<string>> migrated;

    private TestServer(string server, Func<TestServer, ValueTask> stop) => (this.server, this.stop, migrated) = (server, stop, new(MigrateAsync));

    private static string Image => Environment.GetEnvironmentVariable("CRM_TEST_IMAGE") is { Length: > 0 } image ? image : "postgres:18";

    public static async Task<TestServer> StartAsync()
    {
        var started = await (Environment.GetEnvironmentVariable("CRM_TEST_DB") switch
        {
            "container" => StartContainerAsync(BuildContainer()),
            { Length: > 0 } connectionString => ConnectAsync(connectionString),
            _ => StartTemporaryAsync(),
        });
        await using var connection = new NpgsqlConnection(started.server);
        await connection.OpenAsync();
        await TestContext.Progress.WriteLineAsync($"The tests run on PostgreSQL {connection.PostgreSqlVersion} at {connection.Host}:{connection.Port}"); // with --logger "console;verbosity=normal"
        return started;
    }

    /// <summary>A database of this server that a test creates by other means.</summary>
    public string ConnectionString(string database)
    {
        databases.Add(database);

        // Idle connections are closed soon, because many tests have a database of their own. On a busy machine, connecting takes longer than the service's default of 1 s.
        return new NpgsqlConnectionStringBuilder(server) { Database = database, ConnectionIdleLifetime = 5, ConnectionPruningInterval = 2, Timeout = 30 }.ToString();
    }

    /// <summary>Creates an empty database; returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(string name)
    {
        var connectionString = ConnectionString(name);
        await ExecuteAsync(server, $"create database {name}");
        return connectionString;
    }

    /// <summary>Creates a database with the schema and no data, as a copy of one that was migrated; returns its connection string.</summary>
    public async Task<string> CreateMigratedDatabaseAsync(string name)
    {
        var connectionString = ConnectionString(name);
        await ExecuteAsync(server, $"create database {name} template {await migrated.Value}");
        return connectionString;
    }

    private async Task<string> MigrateAsync()
    {
        var name = $"cv_migrated_{Guid.NewGuid().ToString("N")[..8]}";
        var connectionString = new NpgsqlConnectionStringBuilder(await CreateDatabaseAsync(name)) { Pooling = false }; // a database that is copied has no connections
        await using var db = NpgsqlDataSource.Create(connectionString);
        await Migrator.MigrateAsync(db, CancellationToken.None);
        return name;
    }

    public ValueTask DisposeAsync() => stop(this);

    private static async Task<TestServer> ConnectAsync(string connectionString)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            settings.Database ??= "postgres"; // the driver's default is the user's name
            await using var connection = new NpgsqlConnection(settings.ToString());
            var maxConnections = await connection.QuerySingleAsync<int>("select current_setting('max_connections')::int");
            if (maxConnections < MaxConnections)
            {
                throw new NoTestServerException($"CRM_TEST_DB: max_connections is {maxConnections}, and the tests need {MaxConnections}.", $"psql -c 'alter system set max_connections = {MaxConnections}' # and restart the server");
            }

            if (!await connection.QuerySingleAsync<bool>("select rolcreatedb or rolsuper from pg_roles where rolname = current_user"))
            {
                throw new NoTestServerException($"CRM_TEST_DB: {settings.Username} may not create databases.", $"psql -c 'alter role \"{settings.Username}\" createdb'");
            }

            return new TestServer(settings.ToString(), server => server.DropDatabasesAsync());
        }
        catch (Exception exception) when (exception is ArgumentException or NpgsqlException or SocketException)
        {
            throw new NoTestServerException($"CRM_TEST_DB: {exception.Message}", UseServer);
        }
    }

    private static async Task<TestServer> StartTemporaryAsync()
    {
        var root = Path.Combine(Path.GetTempPath(), $"crmimport-tests-{Guid.NewGuid():N}");
        var options = new EmbeddedPostgresOptions { Directory = Path.Combine(root, "data"), Durable = false };
        try
        {
            var place = await ClusterPlace.ResolveAsync(options.Directory, options.User, NullLogger.Instance, CancellationToken.None);
            var (installed, _) = await PostgresBinaries.FindInstalledAsync(place, CancellationToken.None);
            if (installed is null && TryBuildContainer() is { } container)
            {
                Directory.Delete(root, recursive: true);
                return await StartContainerAsync(container);
            }

            var cluster = await EmbeddedPostgres.StartAsync(options, root, NullLogger.Instance, CancellationToken.None);
            await ExecuteAsync(new NpgsqlConnectionStringBuilder(cluster.ConnectionString("postgres")) { Username = "postgres" }.ToString(), $"alter role {Role} createdb");
            return new TestServer(cluster.ConnectionString("postgres"), async _ =>
            {
                await cluster.DisposeAsync();
                Directory.Delete(root, recursive: true);
            });
        }
        catch (EmbeddedPostgresException exception)
        {
            Directory.CreateDirectory(root).Delete(recursive: true); // it may not have got that far
            throw new NoTestServerException(exception.Message, "apt-get install postgresql", UseServer);
        }
    }

    private static async Task<TestServer> StartContainerAsync(PostgreSqlContainer container)
    {
        using var timeout = new CancellationTokenSource(StartTimeout);
        try
        {
            await container.StartAsync(timeout.Token);
            var superuser = new NpgsqlConnectionStringBuilder(container.GetConnectionString());
            await ExecuteAsync(superuser.ToString(), $"create role {Role} login createdb password '{superuser.Password}'");
            return new TestServer(new NpgsqlConnectionStringBuilder(superuser.ToString()) { Username = Role }.ToString(), _ => container.DisposeAsync());
        }
        catch (Exception exception) when (exception is DockerApiException or ContainerNotRunningException or OperationCanceledException)
        {
            await container.DisposeAsync();
            throw new NoTestServerException(
                $"The container of the image {Image} does not start: {exception.Message.Trim()}",
                $"docker pull {Image}",
                "CRM_TEST_DB=container CRM_TEST_IMAGE=… dotnet test",
                "TESTCONTAINERS_RYUK_DISABLED=true CRM_TEST_DB=container dotnet test # if only the image of Ryuk, which cleans up after Testcontainers, cannot be pulled",
                "sudo Tests/Image/postgres # builds an image without a registry");
        }
    }

    private static PostgreSqlContainer? TryBuildContainer()
    {
        try
        {
            return BuildContainer();
        }
        catch (NoTestServerException)
        {
            return null;
        }
    }

    // Testcontainers turns fsync off itself.
    private static PostgreSqlContainer BuildContainer()
    {
        try
        {
            return new PostgreSqlBuilder(Image).WithPassword($"{Guid.NewGuid():N}").WithCommand("-c", $"max_connections={MaxConnections}").Build();
        }
        catch (DockerUnavailableException)
        {
            throw new NoTestServerException(
                "CRM_TEST_DB=container needs Docker or Podman, and neither answers.",
                "sudo systemctl start docker",
                "podman system service --time=0 unix:///tmp/podman.sock & DOCKER_HOST=unix:///tmp/podman.sock CRM_TEST_DB=container dotnet test");
        }
    }

    private async ValueTask DropDatabasesAsync()
    {
        foreach (var database in databases)
        {
            await ExecuteAsync(server, $"drop database if exists {database} with (force)");
        }
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(sql);
    }
}

/// <summary>There is no server to run the tests on. Says what to type, without a stack trace.</summary>
internal sealed class NoTestServerException(string problem, params string[] commands) : Exception($"{problem}\n{(commands.Length == 1 ? "Type:" : "Type one of:")}\n  {string.Join("\n  ", commands)}")
{
    public override string? StackTrace => null;
}
