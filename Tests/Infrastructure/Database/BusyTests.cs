using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Database;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Database;

/// <summary>Too many at once: callers are asked to come back, and nobody takes the service for ill.</summary>
public sealed class BusyTests
{
    /// <summary>Of the 20 connections that a pool has unless told otherwise, two are the listener's.</summary>
    private const int Free = 18;

    [Test]
    public async Task A_pool_that_stays_all_in_use_answers_busy_and_the_service_stays_ready()
    {
        await using var service = await GuardedService.StartAsync();
        var pool = service.Database.Tenant.Db;
        var client = await ApiClient.LogInAsync(service.Database.Name, await service.Database.AddOperatorAsync(level: 10), service.Url);
        await ReadyAsync(service);
        var held = new List<NpgsqlConnection>();
        while (held.Count < Free)
        {
            held.Add(await pool.OpenConnectionAsync(CancellationToken.None));
        }

        var answer = await client.GetAsync("/api/v1/contacts");
        var ready = await service.GetAsync("/health/ready");
        held.ForEach(connection => connection.Dispose());

        Assert.That(answer.ShouldFail(503, "busy").Header("Retry-After"), Is.EqualTo("2"));
        ready.ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("/api/v1/contacts")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_contact_whose_write_loses_every_race_is_busy_and_unchanged()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var contact = Sample.Contact(await database.AddClientAsync(), "C1");
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        await LoseAsync(database, "update", "contact");

        var answer = await owner.UpsertAsync(contact.With("surname", "Other"));

        Assert.That(answer.ShouldFail(503, "busy").Header("Retry-After"), Is.EqualTo("1"));
        Assert.That(await database.QueryAsync<int>("select count(*)::int from audit_entry where contact_ref = 'C1' and outcome = 'updated'"), Is.Zero);
    }

    [Test]
    public async Task A_client_that_others_always_create_first_is_busy()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        await LoseAsync(database, "insert", "client");

        var answer = await owner.PutAsync("/api/v1/clients/new", new JsonObject { ["name"] = "New" });

        Assert.That(answer.ShouldFail(503, "busy").Header("Retry-After"), Is.EqualTo("1"));
    }

    [Test]
    public async Task Connections_that_break_or_cannot_be_opened_leave_their_place_to_others()
    {
        var settings = new NpgsqlConnectionStringBuilder(ServiceUnderTest.A.ConnectionString) { MaxPoolSize = 1, Timeout = 1 };
        await using var pool = new DatabasePool(NpgsqlDataSource.Create(settings));
        for (var i = 0; i < 5; i++)
        {
            await using var connection = await pool.OpenConnectionAsync(CancellationToken.None);
            await using var command = new NpgsqlCommand("select pg_terminate_backend(pg_backend_pid())", connection);
            Assert.That(async () => await command.ExecuteNonQueryAsync(), Throws.InstanceOf<NpgsqlException>());
        }

        await using var nowhere = new DatabasePool(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Host = "/nowhere" }));
        for (var i = 0; i < 3; i++)
        {
            Assert.That(
                async () => await nowhere.OpenConnectionAsync(CancellationToken.None),
                Throws.InstanceOf<NpgsqlException>().And.Matches<Exception>(exception => DatabaseErrors.Translate(exception!)?.Error.Code == "database_unavailable"));
        }
    }

    // As if another were always faster: the statement that should write finds nothing to write.
    private static Task LoseAsync(TestDatabase database, string operation, string table) => database.ExecuteAsync(
        $$"""
        create function lose() returns trigger language plpgsql as $body$ begin return null; end $body$;
        create trigger lose before {{operation}} on {{table}} for each row execute function lose()
        """);

    private static Task<ApiAnswer> ReadyAsync(GuardedService service) =>
        Running.ServiceProcess.UntilAsync(() => service.GetAsync("/health/ready"), HttpStatusCode.OK);
}
