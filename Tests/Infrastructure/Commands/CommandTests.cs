using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;
using Dapper;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Commands;

/// <summary>The program's commands, run as a person or a script runs them.</summary>
public sealed class CommandTests
{
    private const string Password = "Tr0ubadour & horse";

    private readonly string directory = ServiceProcess.NewDirectory();

    [TearDown]
    public void RemoveDirectory()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Test]
    public async Task A_database_is_added_from_a_connection_string_on_standard_input_which_is_not_told()
    {
        var (name, connectionString) = await MissingDatabaseAsync();

        var added = (await RunAsync([], $"{connectionString};Application Name=geheim\n", "database", "add", name, "--json")).ShouldExit(0);
        var again = (await RunAsync(new() { [$"Databases__{name}"] = connectionString }, "", "database", "add", name)).ShouldExit(0);
        var listed = (await RunAsync(new() { [$"Databases__{name}"] = connectionString }, "", "database", "list", "--json")).ShouldExit(0);

        await using var connection = new NpgsqlConnection(connectionString);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((bool?)added.Json["created"], Is.True);
            Assert.That(added.Json["next"]!.AsArray().Select(line => (string?)line), Has.Some.StartsWith($"Databases__{name}__File=").And.Some.EqualTo($"CrmImport account add OWN --level 10 --database {name}"));
            Assert.That(added.Output + added.Errors, Does.Not.Contain("geheim"));
            Assert.That(again.Output, Does.StartWith($"{name} is there and up to date"));
            Assert.That((string?)listed.Json[0]!["name"], Is.EqualTo(name));
            Assert.That(await connection.QuerySingleAsync<int>("select count(*)::int from signing_key"), Is.EqualTo(1));
        }
    }

    [Test]
    public async Task What_is_used_wrongly_exits_2_and_what_is_refused_exits_1()
    {
        var both = new Dictionary<string, string> { ["Databases__cv_one"] = "Host=/nowhere", ["Databases__cv_two"] = "Host=/nowhere" };

        var unnamed = (await RunAsync(both, "", "signing-key", "list", "--json")).ShouldExit(2);
        var unknown = (await RunAsync(both, "", "signing-key", "list", "--database", "cv_none", "--json")).ShouldExit(1);
        var away = (await RunAsync(both, "", "signing-key", "list", "--database", "cv_one", "--json")).ShouldExit(1);
        var option = (await RunAsync(both, "", "signing-key", "rotate", "--password=geheim", "secret words")).ShouldExit(2);
        var half = (await RunAsync(both, "", "signing-key")).ShouldExit(2);
        var name = (await RunAsync(both, "", "database", "add", "shop", "--json")).ShouldExit(2);
        var nothing = (await RunAsync([], "", "database", "add", "cv_none", "--json")).ShouldExit(2);
        var garbage = (await RunAsync([], "geheim=1\n", "database", "add", "cv_none", "--json")).ShouldExit(2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Message(unnamed), Does.EndWith("cv_one, cv_two"));
            Assert.That(Message(unknown), Does.Contain("no database cv_none"));
            Assert.That(Message(away), Does.Contain("cv_one cannot be prepared"));
            Assert.That(option.Errors, Does.Contain("has no option --password").And.Not.Contain("geheim").And.Not.Contain("secret words"));
            Assert.That(half.Errors, Is.Not.Empty);
            Assert.That(Message(name), Does.Contain("cv_ and up to 59"));
            Assert.That(Message(nothing), Does.Contain("connection string"));
            Assert.That(Message(garbage), Does.Contain("no connection string").And.Not.Contain("geheim"));
            Assert.That(new[] { unnamed, unknown, away, option, half, name, nothing, garbage }.Select(run => run.Output), Is.All.Empty);
        }
    }

    [Test]
    public async Task Commands_start_the_embedded_server_where_none_runs_and_join_in_where_one_does()
    {
        var settings = new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Embedded__Directory"] = directory };
        (await RunAsync(settings, "", "database", "add", "cv_shop")).ShouldExit(0);
        Assert.That(File.Exists(Path.Combine(directory, "cluster", "postmaster.pid")), Is.False, "stopped after the work");

        var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;
        var postmaster = ServiceProcess.Postmaster(directory);
        var names = (await RunAsync(settings, "", "database", "list", "--json")).ShouldExit(0).Json.AsArray().Select(database => (string?)database!["name"]);
        (await RunAsync(settings, "", "signing-key", "rotate", "--database", "cv_shop")).ShouldExit(0);
        (await RunAsync(settings, "", "database", "add", "cv_later")).ShouldExit(0);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(names, Is.EqualTo(new[] { "cv_demodb", "cv_masterdb", "cv_shop" }));
            Assert.That(ServiceProcess.Postmaster(directory), Is.EqualTo(postmaster), "the service's server was left alone");
            Assert.That(service.Output, Does.Contain("cv_shop has no account").And.Contain("CrmImport account add OWN --level 10 --database cv_shop"));
            (await new ApiClient(url: url).GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
            (await LogInAsync(url, "cv_demodb", "own")).ShouldBe(HttpStatusCode.OK);
            (await LogInAsync(url, "cv_shop", "own")).ShouldFail(401, "bad_credentials"); // demo data in the two demo databases only
        }
    }

    private static Task<CommandRun> RunAsync(Dictionary<string, string> settings, string input, params string[] arguments) => ServiceProcess.RunAsync(settings, input, arguments);

    private static string Message(CommandRun run) => (string)JsonNode.Parse(run.Errors)!["result_msg"]!;

    private static Task<ApiAnswer> LogInAsync(Uri url, string database, string password) =>
        new ApiClient(url: url).PostAsync("/api/v1/auth/login", TestSession.Credentials("OWN", password), ("x-database", database));

    private static async Task<(string Name, string ConnectionString)> MissingDatabaseAsync()
    {
        var name = $"cv_cmd_{Guid.NewGuid():N}"[..20];
        var connectionString = await ServiceUnderTest.CreateDatabaseAsync(name);
        return (name, connectionString);
    }
}
