using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Tests.Running;
using Dapper;
using Npgsql;

namespace CrmImport.Tests.Features.Imports.Running;

/// <summary>An import goes on after whatever end of the process that carried it out, and ends as one that was never broken off.</summary>
public sealed class TakeOverTests
{
    private const int Rows = 12_000;

    [Test]
    public async Task The_other_replica_goes_on_where_a_killed_one_stopped()
    {
        var (connectionString, settings, name) = await PrepareAsync();
        await using var first = ServiceProcess.Start(settings);
        await using var second = ServiceProcess.Start(settings);
        var client = await ApiClient.LogInAsync(name, "OWN", await first.ListeningAsync());
        var location = await SubmitAsync(client);
        await UntilAsync(connectionString, "rows_read > 0");

        ServiceProcess.Signal("KILL", first.Id); // to which it was sent, and so carries it out
        client = new ApiClient(client.AccessToken, await second.ListeningAsync());
        await ShouldEndAsUnbrokenAsync(client, location, connectionString);
    }

    [Test]
    public async Task A_service_that_is_stopped_leaves_it_between_two_chunks_to_the_next_start()
    {
        var (connectionString, settings, name) = await PrepareAsync();
        string location;
        ApiClient client;
        await using (var first = ServiceProcess.Start(settings))
        {
            client = await ApiClient.LogInAsync(name, "OWN", await first.ListeningAsync());
            location = await SubmitAsync(client);
            await UntilAsync(connectionString, "rows_read > 0");
            ServiceProcess.Signal("TERM", first.Id);
            Assert.That(await first.ExitCodeAsync(), Is.Zero);
        }

        await UntilAsync(connectionString, "claimed_until < now() or state = 'completed'");
        await using var second = ServiceProcess.Start(settings);
        client = new ApiClient(client.AccessToken, await second.ListeningAsync());
        await ShouldEndAsUnbrokenAsync(client, location, connectionString);
    }

    [Test]
    public async Task An_import_that_fails_again_and_again_is_given_up()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var import = await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n");
        await database.ExecuteAsync("update import set state = 'queued', finished_at = null, layout = '1'; select pg_notify('crmimport', 'import:')");

        await UntilAsync(database.ConnectionString, "finished_at is not null");

        var end = (await owner.GetAsync($"/api/v1/imports/{import.Id()}")).ShouldBe(HttpStatusCode.OK).Data;
        Assert.That($"{end["state"]} {end["problems"]![0]!["code"]}", Is.EqualTo("failed internal"));
        Assert.That((await owner.ImportAsync($"clientRef,contactRef,{TestImports.Columns}\n{await database.AddClientAsync()},A,{TestImports.Cells}\n")).Counts(), Is.EqualTo("1 0 0 0"));
    }

    private static async Task<(string ConnectionString, Dictionary<string, string> Settings, string Name)> PrepareAsync()
    {
        var name = $"cv_take_{Guid.NewGuid():N}"[..20];
        var connectionString = await ServiceUnderTest.CreateDatabaseAsync(name);
        var settings = new Dictionary<string, string> { [$"Databases__{name}"] = connectionString, ["Imports__TakeOverSeconds"] = "2", ["Imports__ChunkRows"] = "200" };
        await using var service = ServiceProcess.Start(settings);
        await service.ListeningAsync(); // the schema is there
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.ExecuteAsync(
            """
            insert into account (op_id, op_name, op_level, op_function, kind, password_hash, created_at)
            values ('OWN', 'Owner', 10, 1, 'operator', @Hash, now());
            insert into client (client_ref, created_at, created_by, updated_at, updated_by) values ('29', now(), 'OWN', now(), 'OWN')
            """,
            new { Hash = await TestDatabase.HashedPasswordAsync() });
        return (connectionString, settings, name);
    }

    // Every hundredth row is bad, and every tenth contact stands in the file again with another name.
    private static async Task<string> SubmitAsync(ApiClient client)
    {
        var csv = new StringBuilder($"clientRef,contactRef,{TestImports.Columns}\n");
        for (var i = 0; i < Rows; i++)
        {
            csv.Append(i % 100 == 0 ? "29,x\n" : i % 10 == 5 ? $"29,C{i - 1},{TestImports.Cells.Replace("Test", "Again", StringComparison.Ordinal)}\n" : $"29,C{i},{TestImports.Cells}\n");
        }

        var answer = await client.SendAsync(HttpMethod.Post, "/api/v1/imports", new StringContent(csv.ToString(), Encoding.UTF8, TestImports.Csv));
        return answer.ShouldBe(HttpStatusCode.Accepted).Header("Location");
    }

    private static async Task ShouldEndAsUnbrokenAsync(ApiClient client, string location, string connectionString)
    {
        await UntilAsync(connectionString, "finished_at is not null");
        JsonObject import = (await client.GetAsync(location)).ShouldBe(HttpStatusCode.OK).Data;
        var lines = (await client.ResultsAsync(import)).Select(result => result["line"]!.GetValue<int>());
        await using var connection = new NpgsqlConnection(connectionString);
        using (Assert.EnterMultipleScope())
        {
            Assert.That($"{import["state"]} {import["rowsRead"]} {import.Counts()}", Is.EqualTo($"completed {Rows} {Rows * 89 / 100} {Rows / 10} 0 {Rows / 100}"));
            Assert.That(lines, Is.EqualTo(Enumerable.Range(2, Rows)));
            Assert.That(await connection.QuerySingleAsync<int>("select count(*)::integer from contact"), Is.EqualTo(Rows * 89 / 100));
            Assert.That(await connection.QuerySingleAsync<int>("select count(*)::integer from audit_entry where import_id is not null"), Is.EqualTo(Rows * 99 / 100));
        }
    }

    private static async Task UntilAsync(string connectionString, string condition)
    {
        await using var observer = new NpgsqlConnection(connectionString);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        while (!await observer.QuerySingleAsync<bool>($"select exists (select from import where {condition})"))
        {
            await timer.WaitForNextTickAsync();
        }
    }
}
