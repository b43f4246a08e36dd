using System.Net;
using CrmImport.Infrastructure.Auth;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>Failed log-ins: what they cost the next one, whom they lock, and that they tell nothing.</summary>
public sealed class LoginGuardTests
{
    private const string Wrong = "wrong";

    [Test]
    public async Task Each_failure_after_the_third_makes_the_next_attempt_wait_twice_as_long_until_the_account_is_locked_there()
    {
        await using var service = await GuardedService.StartAsync();
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());
        for (var failure = 1; failure <= 3; failure++)
        {
            (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
        }

        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32 })
        {
            (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
            var early = (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldFail(429, "too_many_logins");
            Assert.That(early.Header("Retry-After"), Is.EqualTo($"{seconds}"));
            service.Clock.Advance(TimeSpan.FromSeconds(seconds));
        }

        (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
        Assert.That((await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldFail(429, "too_many_logins").Header("Retry-After"), Is.EqualTo("900"));
        Assert.That(
            await service.Database.QueryAsync<string>("select record_type || ' ' || outcome || ' ' || record_ref || ' ' || address || ' ' || account || changes::text from audit_entry where outcome = 'locked'"),
            Is.EqualTo($$"""session locked {{opId}} {{peer}} {"locked":[null,"pair"]}"""));

        service.Clock.Advance(TimeSpan.FromMinutes(15));
        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldBe(HttpStatusCode.OK);
        Assert.That(await service.Database.QueryAsync<string>("select string_agg(subject, ',') from login_failure"), Is.EqualTo($"address:{peer}"), "a success forgets the account's failures");
    }

    [Test]
    public async Task Failures_are_forgotten_after_a_day_without_one()
    {
        await using var service = await GuardedService.StartAsync();
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());
        for (var failure = 1; failure <= 4; failure++)
        {
            (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
        }

        service.Clock.Advance(TimeSpan.FromHours(25));
        (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
        Assert.That(await service.Database.QueryAsync<string>("select min(failures) || ' ' || max(failures) from login_failure"), Is.EqualTo("1 1"));

        service.Clock.Advance(TimeSpan.FromHours(25));
        await service.Services.GetRequiredService<LoginFailureExpiry>().DeleteExpiredAsync(service.Database.Tenant, 100, CancellationToken.None);
        Assert.That(await service.Database.QueryAsync<long>("select count(*) from login_failure"), Is.Zero);
    }

    [Test]
    public async Task Of_too_many_failures_the_oldest_are_deleted()
    {
        await using var service = await GuardedService.StartAsync();
        await service.Database.ExecuteAsync(
            "insert into login_failure (subject, failures, last_at) select 'pair:' || n, 1, @Now - n * interval '1 second' from generate_series(1, 20) n",
            new { Now = service.Clock.GetUtcNow().UtcDateTime });

        await service.Services.GetRequiredService<LoginFailureExpiry>().DeleteExpiredAsync(service.Database.Tenant, 5, CancellationToken.None);

        Assert.That(await service.Database.QueryAsync<string>("select string_agg(subject, ' ' order by last_at desc) from login_failure"), Is.EqualTo("pair:1 pair:2 pair:3 pair:4 pair:5"));
    }

    [Test]
    public async Task Nothing_tells_an_account_that_is_there_from_one_that_is_not_nor_a_database()
    {
        await using var service = await GuardedService.StartAsync(("Logins:LockAfter", "5"));
        var database = service.Database;
        var (peer, inactive) = (GuardedService.NewPeer(), await database.AddOperatorAsync());
        await database.ExecuteAsync("update account set active = false where op_id = @inactive", new { inactive });
        var service2 = await database.AddOperatorAsync();
        await database.ExecuteAsync("update account set kind = 'service' where op_id = @service2", new { service2 });
        (string OpId, string Database)[] attempts =
        [
            (await database.AddOperatorAsync(), database.Name), (TestDatabase.Unique("NOBODY"), database.Name), (inactive, database.Name), (service2, database.Name),
            (await database.AddOperatorAsync(), "cv_nosuchdatabase"), ("anybody", "x'; drop table account; --"),
        ];

        var answers = new List<string[]>();
        foreach (var (opId, name) in attempts)
        {
            var told = new List<string>();
            for (var attempt = 0; attempt < 6; attempt++)
            {
                var answer = await service.LogInAsync(attempt % 2 == 0 ? opId.ToLowerInvariant() : opId, Wrong, peer, name);
                answer.Json.TryGetPropertyValue("trace_id", out var trace);
                told.Add($"{(int)answer.Status} {answer.Header("Retry-After")} {answer.Body.Replace(trace!.GetValue<string>(), "", StringComparison.Ordinal)} {string.Join(' ', answer.Headers.Keys.Order())}");
                service.Clock.Advance(TimeSpan.FromSeconds(1.5));
            }

            answers.Add([.. told]);
        }

        Assert.That(answers[0].Select(answer => answer[..7]), Is.EqualTo(new[] { "401  {\"", "401  {\"", "401  {\"", "401  {\"", "401  {\"", "429 899" }));
        Assert.That(answers, Has.All.EqualTo(answers[0]));
    }

    [Test]
    public async Task An_account_locked_from_one_address_may_log_in_from_another_and_the_lock_holds_in_every_process()
    {
        await using var service = await GuardedService.StartAsync(("Logins:LockAfter", "2"), ("Logins:AddressLockAfter", "0"));
        await using var other = await service.StartAnotherAsync();
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());
        (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
        (await other.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials");
        (await service.LogInAsync(opId, Wrong, peer)).ShouldFail(401, "bad_credentials"); // of the second process's limit of ten, the first's of two

        (await other.LogInAsync(opId, TestDatabase.Password, peer)).ShouldFail(429, "too_many_logins");
        (await other.LogInAsync(await service.Database.AddOperatorAsync(), TestDatabase.Password, peer)).ShouldBe(HttpStatusCode.OK);
        (await other.LogInAsync(opId, TestDatabase.Password, GuardedService.NewPeer())).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Too_many_failures_lock_an_account_everywhere_until_it_is_unlocked_and_an_address_for_every_account()
    {
        await using var service = await GuardedService.StartAsync(("Logins:AccountLockAfter", "3"), ("Logins:AddressLockAfter", "4"));
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());
        for (var failure = 1; failure <= 3; failure++)
        {
            (await service.LogInAsync(opId, Wrong, GuardedService.NewPeer())).ShouldFail(401, "bad_credentials");
        }

        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldFail(429, "too_many_logins");
        var owner = await ApiClient.LogInAsync(service.Database.Name, await service.Database.AddOperatorAsync(level: 10), service.Url);
        (await owner.PostAsync($"/api/v1/admin/accounts/{opId}/unlock", "")).ShouldBe(HttpStatusCode.OK);
        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldBe(HttpStatusCode.OK);

        for (var failure = 1; failure <= 4; failure++)
        {
            (await service.LogInAsync(TestDatabase.Unique("X"), Wrong, "::ffff:" + peer)).ShouldFail(401, "bad_credentials");
        }

        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldFail(429, "too_many_logins");
        (await service.LogInAsync(opId, TestDatabase.Password, GuardedService.NewPeer())).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_address_that_names_another_database_each_time_is_locked_for_all_of_them_served_or_not()
    {
        await using var service = await GuardedService.StartAsync(("Logins:AddressLockAfter", "4"));
        var peer = GuardedService.NewPeer();
        for (var failure = 1; failure <= 4; failure++)
        {
            (await service.LogInAsync("x", Wrong, peer, $"cv_unserved{failure}")).ShouldFail(401, "bad_credentials");
        }

        (await service.LogInAsync("x", Wrong, peer, "cv_another")).ShouldFail(429, "too_many_logins");
        (await service.LogInAsync("x", Wrong, GuardedService.NewPeer(), "cv_another")).ShouldFail(401, "bad_credentials");
        (await service.LogInAsync("x", Wrong, peer)).ShouldFail(429, "too_many_logins"); // as any other: else it would tell that it is served
        var opId = await service.Database.AddOperatorAsync();
        (await service.LogInAsync(opId, TestDatabase.Password, GuardedService.NewPeer())).ShouldBe(HttpStatusCode.OK);
        service.Clock.Advance(TimeSpan.FromMinutes(16));
        (await service.LogInAsync(opId, TestDatabase.Password, peer)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task What_was_typed_as_an_op_id_of_no_account_is_kept_nowhere()
    {
        const string Typed = "MySecretPassw0rd!";
        await using var service = await GuardedService.StartAsync(("Logins:LockAfter", "2"));
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());
        foreach (var typed in new[] { Typed, opId.ToLowerInvariant() })
        {
            (await service.LogInAsync(typed, Wrong, peer)).ShouldFail(401, "bad_credentials");
            (await service.LogInAsync(typed, Wrong, peer)).ShouldFail(401, "bad_credentials");
        }

        Assert.That(await service.Database.QueryAsync<string>("select string_agg(record_ref, ',' order by id) from audit_entry where outcome = 'locked'"), Is.EqualTo($",{opId}"));
        Assert.That(await service.Database.QueryAsync<long>("select (select count(*) from audit_entry e where e::text ~* @Typed) + (select count(*) from login_failure f where f::text ~* @Typed)", new { Typed }), Is.Zero);
    }

    [Test]
    public async Task Parallel_failures_are_all_counted_and_none_is_hashed_beyond_the_lock()
    {
        await using var service = await GuardedService.StartAsync(("Logins:LockAfter", "0"), ("Logins:AccountLockAfter", "12"));
        var (opId, peer) = (await service.Database.AddOperatorAsync(), GuardedService.NewPeer());

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.LogInAsync(opId, Wrong, peer)));

        var wrong = answers.Count(answer => answer.Status == HttpStatusCode.Unauthorized);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(wrong, Is.InRange(12, 12 + Math.Max(1, Environment.ProcessorCount / 2) - 1));
            Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.TooManyRequests), Is.EqualTo(20 - wrong));
            Assert.That(await service.Database.QueryAsync<string>("select string_agg(failures::text, ' ') from login_failure"), Is.EqualTo($"{wrong} {wrong} {wrong}"));
        }
    }

    [Test]
    public async Task Where_too_many_wait_to_be_hashed_one_more_is_sent_away()
    {
        await using var service = await GuardedService.StartAsync(("Logins:QueueLength", "1"), ("Logins:LockAfter", "0"));
        var opId = await service.Database.AddOperatorAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.LogInAsync(opId, Wrong, GuardedService.NewPeer())));

        var away = answers.Where(answer => answer.Status != HttpStatusCode.Unauthorized).ToArray();
        Assert.That(away, Is.Not.Empty);
        foreach (var answer in away)
        {
            Assert.That(answer.ShouldFail(429, "too_many_logins").Header("Retry-After"), Is.EqualTo("1"));
        }
    }

    [Test]
    public void An_IPv6_client_is_its_64_and_a_mapped_address_is_the_IPv4_one()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(CrmImport.Infrastructure.Callers.ClientNetwork.Of("2001:db8:1:2:3::4").ToString(), Is.EqualTo("2001:db8:1:2::/64"));
            Assert.That(CrmImport.Infrastructure.Callers.ClientNetwork.Of("::ffff:203.0.113.9").ToString(), Is.EqualTo("203.0.113.9"));
            Assert.That(CrmImport.Infrastructure.Callers.ClientNetwork.Of("").ToString(), Is.EqualTo("0.0.0.0"));
        }
    }
}
