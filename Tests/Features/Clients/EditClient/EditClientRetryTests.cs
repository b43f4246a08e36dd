using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Features.Clients.EditClient;

/// <summary>Safe retries of edits: under an <c>Idempotency-Key</c> a request is carried out once, and answered alike until the key expires.</summary>
public sealed class EditClientRetryTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_repeated_request_is_answered_byte_for_byte_and_not_carried_out_again()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{TestDatabase.Unique("new")}";
        var (create, patch) = (Key(), Key());
        string[] headers = ["ETag", "Location", "X-Outcome", "Content-Type"];

        var created = (await owner.PutAsync(path, new JsonObject { ["name"] = "Nämé" }, create)).ShouldBe(HttpStatusCode.Created);
        var patched = (await owner.PatchAsync(path, """{"name":"Second"}""", patch, ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);
        var createdAgain = await owner.PutAsync(path, new JsonObject { ["name"] = "Nämé" }, create);
        var patchedAgain = await owner.PatchAsync(path, """{"name":"Second"}""", patch, ("If-Match", "\"1\""));

        using (Assert.EnterMultipleScope())
        {
            foreach (var (first, again) in new[] { (created, createdAgain), (patched, patchedAgain) })
            {
                Assert.That(again.Status, Is.EqualTo(first.Status));
                Assert.That(again.Body, Is.EqualTo(first.Body));
                Assert.That(headers.Select(again.Header), Is.EqualTo(headers.Select(first.Header)));
                Assert.That((first.Header("Idempotent-Replayed"), again.Header("Idempotent-Replayed")), Is.EqualTo(("", "true")));
            }

            Assert.That((await owner.GetAsync(path)).Data["name"]!.GetValue<string>(), Is.EqualTo("Second"));
            Assert.That(await owner.AuditAsync(path.Split('/')[^1]), Has.Count.EqualTo(2));
        }
    }

    [Test]
    public async Task Another_request_under_the_key_is_refused()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{TestDatabase.Unique("new")}";
        var key = Key();
        (await owner.PutAsync(path, new JsonObject { ["name"] = "N" }, key)).ShouldBe(HttpStatusCode.Created);

        (await owner.PutAsync(path, new JsonObject { ["name"] = "M" }, key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PutAsync($"{path}x", new JsonObject { ["name"] = "N" }, key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PatchAsync(path, """{"name":"N"}""", key)).ShouldFail(422, "idempotency_key_reused");
        (await owner.PutAsync(path, new JsonObject { ["name"] = "N" }, key, ("If-Match", "*"))).ShouldFail(422, "idempotency_key_reused");
        (await owner.PutAsync(path, new JsonObject { ["name"] = "N" }, ("Idempotency-Key", new string('k', 256)))).ShouldFail(400, "invalid_parameter");
        (await (await TestSession.OpenAsync(Database)).Client.PatchAsync(path, """{"name":"other account"}""", key)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Of_fifty_equal_requests_at_once_one_is_carried_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = TestDatabase.Unique("new");
        var key = Key();

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => owner.PutAsync($"/api/v1/clients/{clientRef}", new JsonObject { ["name"] = "N" }, key)));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created && answer.Header("Idempotent-Replayed").Length == 0), Is.EqualTo(1));
            Assert.That(answers.Select(answer => (int)answer.Status).Distinct(), Is.SubsetOf(new[] { 201, 409 }));
            foreach (var answer in answers.Where(answer => answer.Status == HttpStatusCode.Conflict))
            {
                Assert.That(answer.ShouldFail(409, "idempotency_key_in_use").Header("Retry-After"), Is.EqualTo("1"));
            }

            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(1));
        }
    }

    [Test]
    public async Task A_request_whose_first_attempt_still_runs_is_told_so_and_the_first_is_carried_out()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (path, key) = ($"/api/v1/clients/{clientRef}", Key());
        await using var rival = new Npgsql.NpgsqlConnection(Database.ConnectionString);
        await rival.OpenAsync();
        await using var transaction = await rival.BeginTransactionAsync();
        await Dapper.SqlMapper.ExecuteAsync(rival, "select from client where client_ref = @clientRef for update", new { clientRef });

        // Both are sent at once: whichever comes first waits for the row, and the other is answered.
        var attempts = Enumerable.Range(0, 2).Select(_ => owner.PatchAsync(path, """{"name":"N"}""", key)).ToArray();
        (await await Task.WhenAny(attempts)).ShouldFail(409, "idempotency_key_in_use");
        await transaction.RollbackAsync();

        Assert.That((await Task.WhenAll(attempts)).Select(answer => (int)answer.Status).Order(), Is.EqualTo(new[] { 200, 409 }));
        Assert.That((await owner.PatchAsync(path, """{"name":"N"}""", key)).ShouldBe(HttpStatusCode.OK).Header("Idempotent-Replayed"), Is.EqualTo("true"));
    }

    [Test]
    public async Task Another_process_that_is_faster_with_the_key_leaves_its_answer_to_this_one()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (path, key) = ($"/api/v1/clients/{clientRef}", Key());
        (await owner.PatchAsync(path, """{"name":"N"}""", key)).ShouldBe(HttpStatusCode.OK);
        await using var rival = new Npgsql.NpgsqlConnection(Database.ConnectionString);
        await rival.OpenAsync();
        var kept = await Dapper.SqlMapper.QuerySingleAsync<byte[]>(rival, "delete from idempotency_record where key = @Item2 returning fingerprint", new { key.Item2 });

        // The rival has written its answer and not committed it yet.
        await using var transaction = await rival.BeginTransactionAsync();
        await Dapper.SqlMapper.ExecuteAsync(
            rival,
            """
            insert into idempotency_record (account_id, key, fingerprint, status, outcome, etag, location, body, at)
            select account_id, @Item2, @kept, 200, 'updated', '"9"', '/there', 'rival', now() from session s join account a using (account_id) where a.op_id = @opId limit 1
            """,
            new { key.Item2, kept, opId = (await owner.GetAsync(path)).Data["updatedBy"]!.GetValue<string>() });
        var waiting = owner.PatchAsync(path, """{"name":"N"}""", key);
        await UntilAsync(() => Database.QueryAsync<bool>("select exists (select from pg_stat_activity where wait_event_type = 'Lock' and query like '%idempotency_record%' and datname = current_database())"));
        await transaction.CommitAsync();

        var answer = await waiting;
        Assert.That((answer.Body, answer.Header("ETag"), answer.Header("Idempotent-Replayed")), Is.EqualTo(("rival", "\"9\"", "true")));
    }

    [Test]
    public async Task A_refused_edit_keeps_no_answer_and_an_unchanged_one_does()
    {
        var owner = await Database.OwnerAsync();
        var path = $"/api/v1/clients/{TestDatabase.Unique("new")}";
        var (refused, unchanged) = (Key(), Key());
        (await owner.PatchAsync(path, """{"name":"N"}""", refused)).ShouldFail(404, "client_not_found");
        (await owner.PutAsync(path, new JsonObject())).ShouldBe(HttpStatusCode.Created);
        (await owner.PatchAsync(path, "{}", unchanged)).ShouldBe(HttpStatusCode.OK);

        Assert.That((await owner.PatchAsync(path, """{"name":"N"}""", refused)).ShouldBe(HttpStatusCode.OK).Header("Idempotent-Replayed"), Is.Empty);
        var again = await owner.PatchAsync(path, "{}", unchanged);
        Assert.That((again.Header("X-Outcome"), again.Header("ETag"), again.Header("Idempotent-Replayed")), Is.EqualTo(("unchanged", "\"1\"", "true")));
    }

    [Test]
    public async Task A_key_expires_after_the_hours_that_are_set_and_not_before()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync(
            """
            insert into idempotency_record (account_id, key, fingerprint, status, outcome, etag, body, at)
            select 1, 'old ' || i, ''::bytea, 200, 'unchanged', '', ''::bytea, now() - interval '24 hours 1 minute' from generate_series(1, 2500) i
            union all select 1, 'new ' || i, ''::bytea, 200, 'unchanged', '', ''::bytea, now() - interval '23 hours 59 minutes' from generate_series(1, 10) i
            """);

        var deleted = await ServiceUnderTest.Services.GetRequiredService<IdempotencyExpiry>().DeleteExpiredAsync(database.Tenant, CancellationToken.None);

        Assert.That((deleted, await database.QueryAsync<int>("select count(*) from idempotency_record")), Is.EqualTo((2500, 10)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task An_edit_whose_commit_is_not_heard_is_carried_out_once(bool isCommitted)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        await using var cutter = new CommitCutter(Database.ConnectionString, forwardsCommit: isCommitted);
        await using var tenant = cutter.OpenTenant(Database.Tenant);

        var answer = await CommitCutter.EditClientAsync(tenant, clientRef, "Once");

        var read = (await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(cutter.Commits, Is.EqualTo(isCommitted ? 1 : 2));
            Assert.That(answer.Refusal, Is.Null);
            Assert.That((answer.Value.Outcome, answer.Value.ETag), Is.EqualTo((WriteOutcome.Updated, "\"2\"")));
            Assert.That((read["name"]!.GetValue<string>(), read["version"]!.GetValue<int>()), Is.EqualTo(("Once", 2)));
            Assert.That(await owner.AuditAsync(clientRef), Has.Count.EqualTo(1));
        }
    }

    private static (string, string) Key() => ("Idempotency-Key", TestDatabase.Unique("key"));

    private static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!await isSo())
        {
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
