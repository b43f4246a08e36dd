using System.Net;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Tests.Running;
using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Tenancy;

/// <summary>Databases that are added, changed and removed while services run, in a directory that two of them share.</summary>
public sealed class DatabaseReloadTests
{
    private const string Password = "Tr0ubadour&horse-battery";

    private readonly string directory = Directory.CreateTempSubdirectory("crmimport-databases-").FullName;

    [TearDown]
    public void RemoveDirectory() => Directory.Delete(directory, recursive: true);

    [Test]
    public async Task Databases_are_added_and_removed_by_command_while_services_run()
    {
        var (first, second) = (NewName(), NewName());
        var settings = new Dictionary<string, string> { ["Tenancy__Directory"] = directory, ["Tenancy__Default"] = first, ["Telemetry__MetricsToken"] = Password };
        await AddAsync(settings, first);
        await using var one = ServiceProcess.Start(settings);
        await using var two = ServiceProcess.Start(settings);
        Uri[] services = [await one.ListeningAsync(), await two.ListeningAsync()];
        (await LogInAsync(services[0])).ShouldBe(HttpStatusCode.OK);

        await AddAsync(settings, second);
        foreach (var url in services)
        {
            await ServiceProcess.UntilAsync(() => LogInAsync(url, second), HttpStatusCode.OK);
            (await LogInAsync(url)).ShouldBe(HttpStatusCode.OK); // nothing changed for those who name none
        }

        var token = (await LogInAsync(services[0], second)).Json["result"]!["access_token"]!.GetValue<string>();
        (await new ApiClient(token, services[1]).GetAsync("/api/v1/contacts")).ShouldBe(HttpStatusCode.OK);
        Assert.That((await new ApiClient(Password, services[0]).GetAsync("/metrics")).Body, Does.Contain($"crmimport_contacts_total{{database=\"{second}\",outcome=\"created\"}} 0"));

        var removed = (await Commands.RunAsync(settings, "", "database", "remove", second)).ShouldExit(0);
        Assert.That(removed.Output, Does.StartWith($"{second} is removed"));
        foreach (var url in services)
        {
            await ServiceProcess.UntilAsync(() => LogInAsync(url, second), HttpStatusCode.Unauthorized);
            (await new ApiClient(token, url).GetAsync("/api/v1/contacts")).ShouldFail(401, "not_authenticated"); // a token that was verified before, too
            (await new ApiClient(url: url).GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
        }

        (await Commands.RunAsync(settings, "", "database", "remove", second)).ShouldExit(1);
        await AddAsync(settings, second, hasAccount: true);
        await ServiceProcess.UntilAsync(() => LogInAsync(services[0], second), HttpStatusCode.OK);
    }

    [Test]
    public async Task A_database_that_is_added_wrongly_harms_no_other()
    {
        var name = NewName();
        var settings = new Dictionary<string, string> { ["Tenancy__Directory"] = directory };
        await AddAsync(settings, name);
        await using var service = ServiceProcess.Start(settings);
        var url = await service.ListeningAsync();

        await File.WriteAllTextAsync(Path.Combine(directory, "not a name"), "Host=/nowhere");
        await LoggedAsync(service, "not a name");
        File.Delete(Path.Combine(directory, "not a name"));
        await File.WriteAllTextAsync(Path.Combine(directory, "cv_broken"), "no connection string");
        await LoggedAsync(service, "cv_broken is not a valid connection string");
        await File.WriteAllTextAsync(Path.Combine(directory, "cv_broken"), "Host=/nowhere");
        await LoggedAsync(service, "cv_broken cannot be prepared");
        (await LogInAsync(url, "cv_broken")).ShouldFail(503, "database_unavailable");
        (await LogInAsync(url, name)).ShouldBe(HttpStatusCode.OK);
        (await new ApiClient(url: url).GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);

        File.Delete(Path.Combine(directory, "cv_broken"));
        await ServiceProcess.UntilAsync(() => LogInAsync(url, "cv_broken"), HttpStatusCode.Unauthorized);
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "the embedded PostgreSQL does not run there")]
    public async Task A_password_that_is_rotated_counts_for_the_next_connection()
    {
        var data = Path.Combine(Path.GetTempPath(), $"crmimport-run-{Guid.NewGuid():N}");
        try
        {
            await using var postgres = await EmbeddedPostgres.StartAsync(new() { Directory = data, Durable = false }, data, NullLogger.Instance, CancellationToken.None);
            await postgres.CreateDatabasesAsync(["cv_rotated"], CancellationToken.None);
            var superUser = new NpgsqlConnectionStringBuilder(postgres.ConnectionString("postgres")) { Username = "postgres", Pooling = false }.ToString();
            await ExecuteAsync(superUser, "alter role crmimport password 'first'");
            await ExecuteAsync(superUser, $"copy (select line from (values (1, 'local all crmimport scram-sha-256'), (2, 'local all all trust')) as l (place, line) order by place) to '{Path.Combine(postgres.Directory, "cluster", "pg_hba.conf")}'");
            await ExecuteAsync(superUser, "select pg_reload_conf()");
            var file = Path.Combine(directory, "cv_rotated");
            await File.WriteAllTextAsync(file, $"{postgres.ConnectionString("cv_rotated")};Password=first;Timeout=30");
            var settings = new Dictionary<string, string> { ["Databases__cv_rotated__File"] = file };
            (await Commands.RunAsync(settings, $"{Password}\n", "account", "add", "OWN", "--level", "10")).ShouldExit(0);
            await using var service = ServiceProcess.Start(settings);
            var url = await service.ListeningAsync();
            (await LogInAsync(url)).ShouldBe(HttpStatusCode.OK);

            await ExecuteAsync(superUser, "alter role crmimport password 'second'");
            await File.WriteAllTextAsync(file, $"{postgres.ConnectionString("cv_rotated")};Password=second;Timeout=30");
            await ExecuteAsync(superUser, "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'crmimport'");

            await ServiceProcess.UntilAsync(() => LogInAsync(url), HttpStatusCode.OK);
            await ServiceProcess.UntilAsync(() => new ApiClient(url: url).GetAsync("/health/ready"), HttpStatusCode.OK);
            Assert.That(service.Output, Does.Not.Contain("28P01"));
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static async Task AddAsync(Dictionary<string, string> settings, string name, bool hasAccount = false)
    {
        (await Commands.RunAsync(settings, $"{ServiceUnderTest.Server.ConnectionString(name)}\n", "database", "add", name)).ShouldExit(0);
        if (!hasAccount)
        {
            (await Commands.RunAsync(settings, $"{Password}\n", "account", "add", "OWN", "--level", "10", "--database", name)).ShouldExit(0);
        }
    }

    private static Task<ApiAnswer> LogInAsync(Uri url, string? database = null) =>
        new ApiClient(url: url).PostAsync("/api/v1/auth/login", TestSession.Credentials("OWN", Password), database is null ? [] : [("x-database", database)]);

    private static Task<string> LoggedAsync(ServiceProcess service, string words) =>
        Telemetry.Eventually.GetAsync(() => service.Output.Contains(words, StringComparison.Ordinal) ? words : null, () => service.Output);

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(sql);
    }

    private static string NewName() => $"cv_dir_{Guid.NewGuid():N}"[..20];
}
