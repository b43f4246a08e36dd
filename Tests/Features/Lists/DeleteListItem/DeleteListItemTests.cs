using System.Net;
using System.Text.Json.Nodes;
using Npgsql;

namespace CrmImport.Tests.Features.Lists.DeleteListItem;

/// <summary>DELETE /api/v1/admin/lists/{name}/{id}.</summary>
public sealed class DeleteListItemTests
{
    private const string Lists = "/api/v1/admin/lists";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_inactive_item_that_nothing_has_is_deleted_and_its_list_with_the_last_one()
    {
        var owner = await Database.OwnerAsync();
        var (name, key) = ($"list_{Guid.NewGuid():N}"[..20], ("Idempotency-Key", Guid.NewGuid().ToString()));
        (await owner.PutAsync($"{Lists}/{name}/1?createList=true", new JsonObject { ["name"] = "N" })).ShouldBe(HttpStatusCode.Created);

        (await DeleteAsync(owner, $"{name}/1")).ShouldFail(409, "list_item_active");
        (await owner.PutAsync($"{Lists}/{name}/1", new JsonObject { ["name"] = "N", ["active"] = false })).ShouldBe(HttpStatusCode.OK);
        var trial = (await DeleteAsync(owner, $"{name}/1?dryRun=true")).ShouldBe(HttpStatusCode.OK);
        var deleted = (await DeleteAsync(owner, $"{name}/1", key)).ShouldBe(HttpStatusCode.OK);
        var replayed = (await DeleteAsync(owner, $"{name}/1", key)).ShouldBe(HttpStatusCode.OK);
        (await DeleteAsync(owner, $"{name}/1")).ShouldFail(404, "list_not_found");
        (await DeleteAsync(owner, $"{name}/x")).ShouldFail(404, "list_not_found");
        (await owner.GetAsync($"/api/v1/MDOList/{name}")).ShouldFail(404, "list_not_found");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Text("outcome") + trial.Json["changes"]!.ToJsonString(), Is.EqualTo("""deleted{"name":["N",null],"rank":[0,null],"active":[false,null]}"""));
            Assert.That(deleted.Data.ToJsonString(), Is.EqualTo("""{"id":1,"name":"N","rank":0,"active":false}"""));
            Assert.That(deleted.Header("X-Outcome"), Is.EqualTo("deleted"));
            Assert.That(replayed.Header("Idempotent-Replayed") + replayed.Body, Is.EqualTo("true" + deleted.Body));
            Assert.That(await Database.QueryAsync<int>("select count(*)::int from audit_entry where record_ref = @Ref and outcome = 'deleted'", new { Ref = $"{name}/1" }), Is.EqualTo(1));
        }
    }

    [TestCase("contacttype", 81)]
    [TestCase("usagetype", 82)]
    public async Task An_item_that_a_record_has_stays(string list, int id)
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("L1"));
        await database.ExecuteAsync("insert into list_item (list, id, name, rank, active) values ('contacttype', 1, 'Phone', 0, true) on conflict do nothing");
        (await owner.PutAsync($"{Lists}/{list}/{id}", new JsonObject { ["name"] = "Old" })).ShouldBe(HttpStatusCode.Created);
        var contact = Sample.Contact(clientRef, "C1", "L1");
        contact = list == "contacttype" ? contact.With("contact3Type", id) : contact;
        contact["locations"]![0]!["usageTypeId"] = list == "usagetype" ? id : null;
        (await owner.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        (await owner.PutAsync($"{Lists}/{list}/{id}", new JsonObject { ["name"] = "Old", ["active"] = false })).ShouldBe(HttpStatusCode.OK);

        Assert.That((await DeleteAsync(owner, $"{list}/{id}")).ShouldFail(409, "list_item_in_use").Text("result_msg"), Does.StartWith($"{list} {id} is used by 1 record, which keeps it"));

        await database.ExecuteAsync("update contact set contact3_type = null; update location set usage_type_id = null");
        (await DeleteAsync(owner, $"{list}/{id}")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_write_that_takes_the_item_just_now_is_waited_for_and_one_that_comes_later_finds_it_gone()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, clientRef) = (await database.OwnerAsync(), await database.AddClientAsync("L1"));
        var (location, item) = ($"/api/v1/clients/{clientRef}/locations/L1", "usagetype/83");
        (await owner.PutAsync($"{Lists}/{item}", new JsonObject { ["name"] = "Old", ["active"] = false })).ShouldBe(HttpStatusCode.Created);

        Task<ApiAnswer> delete;
        await using (var writer = await HoldAsync(database, "select true from list_item where id = 83 for key share; update location set usage_type_id = 83"))
        {
            delete = DeleteAsync(owner, item);
            await UntilBlockedAsync(database);
            await writer.CommitAsync();
        }

        (await delete).ShouldFail(409, "list_item_in_use");

        (await owner.PutAsync($"{Lists}/usagetype/84", new JsonObject { ["name"] = "New" })).ShouldBe(HttpStatusCode.Created);
        Task<ApiAnswer> patch;
        await using (var deleter = await HoldAsync(database, "delete from list_item where id = 84"))
        {
            patch = owner.PatchAsync(location, """{"usageTypeId":84}""");
            await UntilBlockedAsync(database);
            await deleter.CommitAsync();
        }

        (await patch).ShouldFail(400, "unknown_usage_type");
    }

    [Test]
    public async Task Only_administrators_of_the_database_delete()
    {
        var clerk = (await TestSession.OpenAsync(Database, 1, "contact:edit")).Client;
        (await DeleteAsync(clerk, "contacttype/1")).ShouldFail(403, "forbidden");
        (await DeleteAsync(ApiClient.Anonymous, "contacttype/1")).ShouldFail(401, "not_authenticated");
        (await DeleteAsync(await ServiceUnderTest.B.OwnerAsync(), "contacttype/1", ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }

    private static Task<ApiAnswer> DeleteAsync(ApiClient client, string item, params (string Name, string Value)[] headers) => client.SendAsync(HttpMethod.Delete, $"{Lists}/{item}", null, headers);

    private static async Task<NpgsqlTransaction> HoldAsync(TestDatabase database, string sql)
    {
        var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand(sql, connection, transaction);
        await command.ExecuteNonQueryAsync();
        return transaction;
    }

    private static async Task UntilBlockedAsync(TestDatabase database)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await database.QueryAsync<bool>("select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%list_item%' and datname = current_database())"))
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
