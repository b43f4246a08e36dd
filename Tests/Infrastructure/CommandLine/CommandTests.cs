using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;
using Dapper;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.CommandLine;

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
        var name = $"cv_cmd_{Guid.NewGuid():N}"[..20];
        var connectionString = ServiceUnderTest.Server.ConnectionString(name);

        var added = (await RunAsync([], $"{connectionString};Application Name=geheim\n", "database", "add", name, "--json")).ShouldExit(0);
        var again = (await RunAsync(new() { [$"Databases__{name}"] = connectionString }, "", "database", "add", name)).ShouldExit(0);
        var listed = (await RunAsync(new() { [$"Databases__{name}"] = connectionString }, "", "database", "list", "--json")).ShouldExit(0);

        await using var connection = new NpgsqlConnection(connectionString);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((bool?)added.Json["created"], Is.True);
            Assert.That(added.Json["next"]!.AsArray().Select(line => (string?)line), Has.Some.StartsWith($"Databases__{name}__File=").And.Some.EqualTo($"CrmImport account add OWN --level 10 --database {name}"));
            Assert.That(added.Output + added.Errors, Does.Not.Contain("geheim"));
            Assert.That(again.Output, Does.StartWith($"{name} is available and up to date"));
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
        var other = (await RunAsync(both, "", "account", "change", "OWN", "--level", "3")).ShouldExit(2);
        var name = (await RunAsync(both, "", "database", "add", "shop", "--json")).ShouldExit(2);
        var nothing = (await RunAsync([], "", "database", "add", "cv_none", "--json")).ShouldExit(2);
        var garbage = (await RunAsync([], "geheim=1\n", "database", "add", "cv_none", "--json")).ShouldExit(2);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Message(unnamed), Does.EndWith("cv_one, cv_two"));
            Assert.That(Message(unknown), Does.Contain("Unknown database cv_none"));
            Assert.That(Message(away), Does.Contain("cv_one cannot be prepared"));
            Assert.That(option.Errors, Does.Contain("has no option --password").And.Not.Contain("geheim").And.Not.Contain("secret words"));
            Assert.That(half.Errors, Is.EqualTo("signing-key needs a command; it has rotate, list."));
            Assert.That(other.Errors, Is.EqualTo("account has no command change; it has add, list, show, set, password, unlock."));
            Assert.That(Message(name), Does.Contain("cv_ followed by up to 59"));
            Assert.That(Message(nothing), Does.Contain("connection string"));
            Assert.That(Message(garbage), Does.Contain("not a connection string").And.Not.Contain("geheim"));
            Assert.That(new[] { unnamed, unknown, away, option, half, name, nothing, garbage }.Select(run => run.Output), Is.All.Empty);
        }
    }

    [Test]
    public async Task Commands_start_the_embedded_server_where_none_runs_and_join_in_where_one_does()
    {
        var settings = new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Embedded__Directory"] = directory };
        (await ServiceProcess.RunAsync(settings, "", "database", "add", "cv_shop")).ShouldExit(0);
        Assert.That(File.Exists(Path.Combine(directory, "cluster", "postmaster.pid")), Is.False, "stopped after the work");

        var (service, url) = await ServiceProcess.StartDevelopmentAsync(directory);
        await using var _ = service;
        var postmaster = ServiceProcess.Postmaster(directory);
        var names = (await ServiceProcess.RunAsync(settings, "", "database", "list", "--json")).ShouldExit(0).Json.AsArray().Select(database => (string?)database!["name"]);
        (await ServiceProcess.RunAsync(settings, "", "signing-key", "rotate", "--database", "cv_shop")).ShouldExit(0);
        (await ServiceProcess.RunAsync(settings, "", "database", "add", "cv_later")).ShouldExit(0);
        (await ServiceProcess.RunAsync(settings, $"{Password}\n", "account", "add", "OWN", "--level", "10", "--database", "cv_later")).ShouldExit(0);
        await ServiceProcess.UntilAsync(() => LogInAsync(url, "cv_later", Password), HttpStatusCode.OK);
        (await ServiceProcess.RunAsync(settings, "", "database", "remove", "cv_later")).ShouldExit(0);
        await ServiceProcess.UntilAsync(() => LogInAsync(url, "cv_later", Password), HttpStatusCode.Unauthorized);
        (await ServiceProcess.RunAsync(settings, "", "database", "remove", "cv_later")).ShouldExit(1);
        (await ServiceProcess.RunAsync(settings, "", "database", "add", "cv_later")).ShouldExit(0);
        await ServiceProcess.UntilAsync(() => LogInAsync(url, "cv_later", Password), HttpStatusCode.OK);

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

    [Test]
    public async Task The_first_administrator_is_made_logs_in_and_is_changed_by_commands()
    {
        var (name, connectionString) = await EmptyDatabaseAsync();
        var settings = new Dictionary<string, string> { [$"Databases__{name}"] = connectionString };
        await using var service = ServiceProcess.Start(settings);
        var url = await service.ListeningAsync();
        Assert.That(service.Output, Does.Contain($"CrmImport account add OWN --level 10 --database {name}"));

        var added = (await RunAsync(settings, $"{Password}\n", "account", "add", "OWN", "--level", "10", "--name", "Owner", "--json")).ShouldExit(0);
        var login = (await LogInAsync(url, name, Password)).ShouldBe(HttpStatusCode.OK);
        var owner = new ApiClient(login.Json["result"]!["access_token"]!.GetValue<string>(), url);
        var again = (await RunAsync(settings, $"{Password}\n", "account", "add", "own", "--json")).ShouldExit(1);
        var silent = (await RunAsync(settings, "", "account", "add", "OTHER", "--json")).ShouldExit(2);
        var argument = (await RunAsync(settings, "", "account", "password", "OWN", "geheim")).ShouldExit(2);
        var rights = (await RunAsync(settings, $"{Password}\n", "account", "add", "BAD", "--permission", "contact:eat", "--json")).ShouldExit(1);
        (await RunAsync(settings, "another horse\n", "account", "password", "OWN")).ShouldExit(0);
        await ServiceProcess.UntilAsync(() => owner.GetAsync("/api/v1/audit"), HttpStatusCode.Unauthorized);
        (await LogInAsync(url, name, "another horse")).ShouldBe(HttpStatusCode.OK);
        (await RunAsync(settings, "", "account", "set", "OWN", "--name", "New name")).ShouldExit(0);
        (await RunAsync(settings, "", "account", "unlock", "OWN")).ShouldExit(0);
        var shown = (await RunAsync(settings, "", "account", "show", "own", "--json")).ShouldExit(0);
        var last = (await RunAsync(settings, "", "account", "set", "OWN", "--active", "false", "--json")).ShouldExit(1);

        await using var connection = new NpgsqlConnection(connectionString);
        var audited = await connection.QueryAsync<string>("select route from audit_entry where account = '(console)' and kind = 'human' and method = '' and record_type = 'account' order by id");
        using (Assert.EnterMultipleScope())
        {
            Assert.That((string?)added.Json["op_id"], Is.EqualTo("OWN"));
            Assert.That((string?)JsonNode.Parse(again.Errors)!["code"], Is.EqualTo("account_exists"));
            Assert.That(Message(silent), Does.Contain("password"));
            Assert.That(argument.Errors, Does.Not.Contain("geheim"));
            Assert.That((string?)JsonNode.Parse(rights.Errors)!["problems"]![0]!["field"], Is.EqualTo("permissions[0]"));
            Assert.That((string?)shown.Json["op_name"], Is.EqualTo("New name"));
            Assert.That((string?)JsonNode.Parse(last.Errors)!["code"], Is.EqualTo("conflict"));
            Assert.That(audited, Is.SupersetOf(new[] { "account add", "account password", "account set" }));
            Assert.That(service.Output + service.Errors + added.Output + again.Errors, Does.Not.Contain(Password));
        }
    }

    [Test]
    public async Task An_endpoint_gets_keys_of_which_the_old_expire_when_they_are_rotated()
    {
        var (name, connectionString) = await EmptyDatabaseAsync();
        var settings = new Dictionary<string, string> { [$"Databases__{name}"] = connectionString };
        (await RunAsync(settings, "", "account", "add", "WEB", "--kind", "service", "--permission", "contact:read")).ShouldExit(0);
        var endpoint = (await RunAsync(settings, "", "endpoint", "add", "Web shop", "--account", "WEB", "--allow", "10.0.0.0/8", "::1", "--json")).ShouldExit(0).Json;
        var first = (await RunAsync(settings, "", "key", "add", "web SHOP", "--json")).ShouldExit(0).Json;
        var second = (await RunAsync(settings, "", "key", "rotate", (string)endpoint["id"]!, "--overlap-hours", "2", "--expires-days", "30", "--json")).ShouldExit(0).Json;
        var keys = (await RunAsync(settings, "", "key", "list", "Web shop", "--json")).ShouldExit(0).Json.AsArray();
        (await RunAsync(settings, "", "key", "revoke", (string)first["keyId"]!)).ShouldExit(0);
        (await RunAsync(settings, "", "key", "revoke", "nosuchkey")).ShouldExit(1);
        (await RunAsync(settings, "", "key", "add", "No shop")).ShouldExit(1);
        (await RunAsync(settings, "", "key", "add", "Web shop", "--expires-days", "0")).ShouldExit(2);
        (await RunAsync(settings, "", "endpoint", "set", "Web shop", "--any-address")).ShouldExit(0);
        var endpoints = (await RunAsync(settings, "", "endpoint", "list", "--json")).ShouldExit(0).Json;

        var expiries = keys.ToDictionary(key => (string)key!["keyId"]!, key => key!["expiresAt"]!.GetValue<DateTime>() - DateTime.UtcNow);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((string?)first["accessKey"], Does.Contain((string)first["secret"]!));
            Assert.That(expiries[(string)first["keyId"]!].TotalHours, Is.EqualTo(2).Within(0.1));
            Assert.That(expiries[(string)second["keyId"]!].TotalDays, Is.EqualTo(30).Within(0.1));
            Assert.That(keys.ToJsonString(), Does.Not.Contain((string)first["secret"]!));
            Assert.That(endpoints[0]!["allowedAddresses"]!.AsArray(), Is.Empty);
        }
    }

    private static Task<CommandRun> RunAsync(Dictionary<string, string> settings, string input, params string[] arguments) => Commands.RunAsync(settings, input, arguments);

    private static string Message(CommandRun run) => (string)JsonNode.Parse(run.Errors)!["result_msg"]!;

    private static Task<ApiAnswer> LogInAsync(Uri url, string database, string password) =>
        new ApiClient(url: url).PostAsync("/api/v1/auth/login", TestSession.Credentials("OWN", password), ("x-database", database));

    private static async Task<(string Name, string ConnectionString)> EmptyDatabaseAsync()
    {
        var name = $"cv_cmd_{Guid.NewGuid():N}"[..20];
        var connectionString = await ServiceUnderTest.CreateDatabaseAsync(name);
        return (name, connectionString);
    }
}
