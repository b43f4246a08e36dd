using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Features.Audit.ListAudit;

/// <summary>Every refused call is told in the audit of its database, and holds nobody up.</summary>
public sealed class RefusedCallTests
{
    private static RefusedCalls Calls => ServiceUnderTest.Services.GetRequiredService<RefusedCalls>();

    [Test]
    public async Task Calls_are_recorded_with_who_and_where_and_why_and_nothing_else_of_them()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var reader = (await TestSession.OpenAsync(database, 1, "contact:read")).Client;
        var clientRef = await database.AddClientAsync();
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);
        var address = $"/api/v1/clients/{clientRef}/contacts/C1";
        const string Secret = "s3cret-of-the-caller";

        (await owner.PatchAsync($"{address}?token={Secret}", $$"""{"surname":{{new string('[', 3)}}"{{Secret}}"]]]}""")).ShouldFail(400, "field_wrong_type");
        (await ApiClient.Anonymous.GetAsync(address, ("x-database", database.Name), ("Authorization", $"Bearer {Secret}"))).ShouldFail(401, "not_authenticated");
        (await reader.PutAsync(address, Sample.Contact(clientRef, "C1"))).ShouldFail(403, "forbidden");
        (await owner.GetAsync($"/api/v1/clients/{clientRef}/contacts/{new string('x', 51)}")).ShouldFail(404, "contact_not_found");
        (await owner.GetAsync($"/api/v1/{Secret}", ("x-database", database.Name))).ShouldFail(404, "route_not_found");
        (await owner.SendAsync(new HttpMethod(Secret), address, null, ("x-database", database.Name))).ShouldFail(405, "method_not_allowed");
        (await owner.PostAsync("/api/v1/contacts", Sample.Contact(clientRef, "C1"))).ShouldFail(409, "contact_exists");
        (await owner.PatchAsync(address, "{}", ("If-Match", "\"99\""))).ShouldFail(412, "precondition_failed");
        (await owner.SendAsync(HttpMethod.Post, "/rest/contact/contact", new StringContent(Secret))).ShouldFail(415, "unsupported_media_type");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C2"), ("Idempotency-Key", Secret))).ShouldBe(HttpStatusCode.OK);
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C3"), ("Idempotency-Key", Secret))).ShouldFail(422, "idempotency_key_reused");
        await database.ExecuteAsync("update database_setting set require_version = true");
        await Running.ServiceProcess.UntilAsync(() => owner.PatchAsync(address, """{"surname":"Other"}"""), (HttpStatusCode)428);
        await database.ExecuteAsync("alter view contact_record rename to gone");
        (await owner.GetAsync(address)).ShouldFail(500, "internal");

        var ownerId = (await owner.GetAsync("/api/v1/User/currentPrincipal")).Json["Associate"]!.ToString();
        var readerId = (await reader.GetAsync("/api/v1/User/currentPrincipal")).Json["Associate"]!.ToString();
        const string Contact = "/api/v1/clients/{clientRef}/contacts/{contactRef}";
        string[] expected =
        [
            $"{ownerId} human PATCH {Contact} 400 refused: field_wrong_type contact {clientRef} C1",
            $"  GET {Contact} 401 refused: not_authenticated contact  ", // a stranger's refs could be any text
            $"{readerId} human PUT {Contact} 403 refused: forbidden contact {clientRef} C1",
            $"{ownerId} human GET {Contact} 404 refused: contact_not_found contact {clientRef} ",
            "  GET (no route) 404 refused: route_not_found   ",
            "  (other) (no route) 405 refused: method_not_allowed   ",
            $"{ownerId} human POST /api/v1/contacts 409 refused: contact_exists contact  ",
            $"{ownerId} human PATCH {Contact} 412 refused: precondition_failed contact {clientRef} C1",
            $"{ownerId} human POST /rest/contact/contact 415 refused: unsupported_media_type contact  ",
            $"{ownerId} human POST /rest/contact/contact 422 refused: idempotency_key_reused contact  ",
            $"{ownerId} human PATCH {Contact} 428 refused: version_required contact {clientRef} C1",
            $"{ownerId} human GET {Contact} 500 refused: internal contact {clientRef} C1",
        ];
        var entries = await RecordedAsync(owner, "outcome=refused", expected.Length);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(entries.Select(Text).Reverse(), Is.EqualTo(expected));
            Assert.That(entries.Select(entry => $"{entry["address"]}"), Is.All.AnyOf("127.0.0.1", "::1"));
            Assert.That(entries.Select(entry => $"{entry["traceId"]}"), Is.Unique.And.All.Not.Empty);
            Assert.That(entries.Where(entry => entry["changes"] is not null), Is.Empty);
            Assert.That(await database.QueryAsync<long>("select count(*) from audit_entry e where e::text like '%' || @Secret || '%' or e::text like '%' || @Token || '%'", new { Secret, Token = owner.AccessToken }), Is.Zero);
        }
    }

    [TestCase("/api/v1/contacts", "contact")]
    [TestCase("/api/parties", "contact")]
    [TestCase("/api/v1/clients", "client")]
    [TestCase("/api/v1/clients/29/locations", "location")]
    [TestCase("/api/v1/User/currentPrincipal", "session")]
    [TestCase("/api/v1/admin/accounts", "account")]
    [TestCase("/api/v1/admin/endpoints", "endpoint")]
    [TestCase("/api/v1/admin/endpoints/1/keys", "access_key")]
    [TestCase("/api/v1/admin/lists", "list_item")]
    [TestCase("/api/v1/admin/settings", "settings")]
    [TestCase("/api/v1/admin/databases", "database")]
    public async Task A_refused_call_names_the_kind_of_record_its_route_is_about(string path, string recordType)
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();

        var refused = (await ApiClient.Anonymous.GetAsync(path, ("x-database", ServiceUnderTest.A.Name))).ShouldFail(401, "not_authenticated");

        var entries = await RecordedAsync(owner, $"traceId={refused.Text("trace_id")}", 1);
        Assert.That($"{entries[0]["recordType"]}", Is.EqualTo(recordType));
    }

    [Test]
    public async Task A_failed_log_in_is_recorded_of_an_account_there_is_and_never_with_what_else_was_typed()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var opId = await database.AddOperatorAsync();
        await LogInAsync(opId.ToLowerInvariant(), "wrong-horse");
        await LogInAsync("typed-a-password-here", "wrong-horse");

        var entries = await RecordedAsync(owner, "outcome=refused: bad_credentials", 2);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entries.Select(Text).Reverse(), Is.EqualTo(new[]
            {
                $"{opId} human POST /api/v1/auth/login 401 refused: bad_credentials session  ", "  POST /api/v1/auth/login 401 refused: bad_credentials session  ",
            }));
            Assert.That(await database.QueryAsync<long>("select count(*) from audit_entry e where e::text ~ 'wrong-horse|typed-a-password'"), Is.Zero);
        }

        async Task LogInAsync(string id, string password) =>
            (await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", TestSession.Credentials(id, password), ("x-database", database.Name))).ShouldFail(401, "bad_credentials");
    }

    [Test]
    public async Task A_revoked_key_and_an_ended_session_are_recorded_by_the_database_they_name()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var (owner, key, session) = (await database.OwnerAsync(), await database.AddKeyAsync(), await TestSession.OpenAsync(database));
        await database.ExecuteAsync("update access_key set revoked_at = now(); update session set ended_at = now() where account_id = (select account_id from account where op_id = @OpId)", new { session.OpId });
        TenantCredentials.Of(database.Tenant).OnKeyChanged(key.KeyId);
        await Running.ServiceProcess.UntilAsync(() => session.CallAsync(), HttpStatusCode.Unauthorized);
        (await ApiClient.Anonymous.GetAsync("/api/v1/contacts", key.Header)).ShouldFail(401, "not_authenticated");

        var entries = await RecordedAsync(owner, "status=401", 2);
        Assert.That(entries.Select(entry => $"{entry["recordRef"]} {entry["route"]}"), Does.Contain($"{key.KeyId} /api/v1/contacts").And.Contain(" /api/v1/audit"));
    }

    [Test]
    public async Task Another_database_never_hears_of_it()
    {
        var (database, other) = (await ServiceUnderTest.AddDatabaseAsync(), await ServiceUnderTest.AddDatabaseAsync());
        var owner = await database.OwnerAsync();
        (await owner.GetAsync("/api/v1/clients/nobody")).ShouldFail(404, "client_not_found");
        (await owner.GetAsync("/api/v1/clients/nobody", ("x-database", other.Name))).ShouldFail(401, "not_authenticated");
        (await ApiClient.Anonymous.GetAsync("/api/v1/clients/nobody", ("x-database", "cv_nosuchdatabase"))).ShouldFail(401, "not_authenticated");

        await RecordedAsync(await other.OwnerAsync(), "status=401", 1); // as anonymous as any call without a credential for it
        var ours = await RecordedAsync(owner, "outcome=refused", 1);
        Assert.That(await other.QueryAsync<string>("select string_agg(account || status, ',') from audit_entry where outcome like 'refused%'"), Is.EqualTo("401"));
        Assert.That(Text(ours[0]), Does.Contain(" 404 "));
    }

    [Test]
    public async Task Five_thousand_refusals_at_once_are_answered_all_and_recorded_up_to_a_bound()
    {
        const int Requests = 5000;
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var dropped = Calls.Dropped;
        var watch = System.Diagnostics.Stopwatch.StartNew();

        await Parallel.ForEachAsync(Enumerable.Range(0, Requests), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, _) =>
            (await ApiClient.Anonymous.GetAsync("/api/v1/clients/C", ("x-database", database.Name))).ShouldFail(401, "not_authenticated"));

        var bound = RefusedCalls.Burst + (RefusedCalls.AnonymousPerSecond * (watch.Elapsed.TotalSeconds + 1));
        (await owner.GetAsync("/api/v1/clients/nobody")).ShouldFail(404, "client_not_found"); // what accounts do is recorded all the same
        await RecordedAsync(owner, "status=404", 1);
        var recorded = await database.QueryAsync<int>("select count(*) from audit_entry where status = 401");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(recorded, Is.GreaterThanOrEqualTo(RefusedCalls.Burst).And.LessThanOrEqualTo(bound));
            Assert.That(Calls.Dropped - dropped, Is.GreaterThanOrEqualTo(Requests - recorded));
        }
    }

    [Test]
    public async Task A_days_refused_calls_are_bounded_those_of_accounts_apart()
    {
        await using var service = await GuardedService.StartAsync(("Audit:AnonymousPerDay", "3"), ("Audit:RefusedPerDay", "4"));
        var key = await service.Database.AddKeyAsync();
        for (var i = 0; i < 10; i++)
        {
            (await service.GetAsync("/api/v1/clients/none", ("x-database", service.Database.Name))).ShouldFail(401, "not_authenticated");
            (await service.GetAsync("/api/v1/clients/none", key.Header)).ShouldFail(404, "client_not_found");
        }

        await RecordedAsync("401 3, 404 4");
        service.Clock.Advance(TimeSpan.FromDays(1));
        for (var i = 0; i < 10; i++)
        {
            (await service.GetAsync("/api/v1/clients/none", ("x-database", service.Database.Name))).ShouldFail(401, "not_authenticated");
        }

        await RecordedAsync("401 6, 404 4");

        async Task RecordedAsync(string expected)
        {
            const string Counts = "select coalesce(string_agg(status || ' ' || n, ', ' order by status), '') from (select status, count(*) n from audit_entry where outcome like 'refused%' group by status) s";
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            for (var deadline = System.Diagnostics.Stopwatch.StartNew(); await service.Database.QueryAsync<string>(Counts) != expected && deadline.Elapsed < TimeSpan.FromSeconds(30);)
            {
                await timer.WaitForNextTickAsync();
            }

            Assert.That(await service.Database.QueryAsync<string>(Counts), Is.EqualTo(expected));
        }
    }

    [Test]
    public async Task Where_entries_cannot_be_stored_they_are_dropped_and_counted_and_other_databases_have_theirs()
    {
        var (broken, sound) = (await ServiceUnderTest.AddDatabaseAsync(), await ServiceUnderTest.AddDatabaseAsync());
        var (brokenOwner, soundOwner) = (await broken.OwnerAsync(), await sound.OwnerAsync());
        await broken.ExecuteAsync("alter table audit_entry rename to gone");
        var dropped = Calls.Dropped;

        (await brokenOwner.GetAsync("/api/v1/clients/nobody")).ShouldFail(404, "client_not_found");
        (await soundOwner.GetAsync("/api/v1/clients/nobody")).ShouldFail(404, "client_not_found");

        await RecordedAsync(soundOwner, "status=404", 1);
        Assert.That(Calls.Dropped, Is.GreaterThan(dropped));
    }

    [Test]
    public async Task Old_refusals_can_be_deleted_and_changes_never()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        await database.ExecuteAsync(
            """
            insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, trace_id)
            select now() - interval '10 days' * (i % 2), 'x', 'human', '', 'GET', '/', case when i % 4 < 2 then 401 else 200 end, case when i % 4 < 2 then 'refused: x' else 'updated' end, '', ''
            from generate_series(1, 8000) as i
            order by i % 2 desc
            """);

        Assert.That(await RefusedCallExpiry.DeleteAsync(database.Tenant, DateTime.UtcNow.AddDays(-5), CancellationToken.None), Is.EqualTo(2000));
        Assert.That(
            await database.QueryAsync<string>("select string_agg(outcome || n, ' ' order by outcome) from (select outcome, count(*) as n from audit_entry where trace_id = '' and route <> 'demo data' group by outcome) o"),
            Is.EqualTo("refused: x2000 updated4000"));
    }

    /// <summary>The entries that match, newest first, once there are that many: they are stored after the answer.</summary>
    private static async Task<JsonNode[]> RecordedAsync(ApiClient client, string filter, int count)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var deadline = System.Diagnostics.Stopwatch.StartNew(); ;)
        {
            var items = (await client.GetAsync($"/api/v1/audit?size=1000&{filter}")).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray();
            if (items.Count >= count || deadline.Elapsed > TimeSpan.FromSeconds(30))
            {
                Assert.That(items, Has.Count.EqualTo(count), items.ToJsonString());
                return [.. items.Select(item => item!)];
            }

            await timer.WaitForNextTickAsync();
        }
    }

    private static string Text(JsonNode entry) => string.Join(
        ' ', new[] { "account", "kind", "method", "route", "status", "outcome", "recordType", "clientRef", "contactRef" }.Select(name => $"{entry[name]}"));
}
