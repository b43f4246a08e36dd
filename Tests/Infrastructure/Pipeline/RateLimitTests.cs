using System.Net;
using CrmImport.Infrastructure.Pipeline;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>Requests a minute, by address and by principal.</summary>
public sealed class RateLimitTests
{
    [Test]
    public async Task One_request_too_many_from_an_address_waits_for_its_turn()
    {
        await using var service = await GuardedService.StartAsync(("RateLimits:RequestsPerMinutePerAddress", "3"), ("RateLimits:RequestsPerMinutePerPrincipal", "0"));
        var peer = GuardedService.NewPeer();

        var answers = new List<ApiAnswer>();
        for (var request = 0; request < 4; request++)
        {
            answers.Add(await service.GetAsync("/no/such/route", (GuardedService.PeerHeader, peer)));
        }

        Assert.That(answers.Select(answer => $"{(int)answer.Status} {answer.Header("RateLimit")}"), Is.EqualTo(new[]
        {
            "404 \"address\";r=2;t=20", "404 \"address\";r=1;t=40", "404 \"address\";r=0;t=60", "429 \"address\";r=0;t=60",
        }));
        Assert.That(answers.Select(answer => answer.Header("RateLimit-Policy")), Has.All.EqualTo("\"address\";q=3;w=60"));
        Assert.That(answers[3].ShouldFail(429, "too_many_requests").Header("Retry-After"), Is.EqualTo("20"));
        Assert.That(answers[3].Header("X-Content-Type-Options"), Is.EqualTo("nosniff"));

        (await service.GetAsync("/health/live", (GuardedService.PeerHeader, peer))).ShouldBe(HttpStatusCode.OK);
        (await service.GetAsync("/no/such/route", (GuardedService.PeerHeader, GuardedService.NewPeer()))).ShouldBe(HttpStatusCode.NotFound);
        service.Clock.Advance(TimeSpan.FromSeconds(19));
        (await service.GetAsync("/no/such/route", (GuardedService.PeerHeader, peer))).ShouldFail(429, "too_many_requests");
        service.Clock.Advance(TimeSpan.FromSeconds(1));
        (await service.GetAsync("/no/such/route", (GuardedService.PeerHeader, peer))).ShouldBe(HttpStatusCode.NotFound);
    }

    [Test]
    public async Task A_principal_has_a_limit_of_its_own_wherever_it_calls_from()
    {
        await using var service = await GuardedService.StartAsync(("RateLimits:RequestsPerMinutePerAddress", "1000"), ("RateLimits:RequestsPerMinutePerPrincipal", "2"));
        var one = await ApiClient.LogInAsync(service.Database.Name, await service.Database.AddOperatorAsync(level: 10), service.Url);
        var two = await ApiClient.LogInAsync(service.Database.Name, await service.Database.AddOperatorAsync(level: 10), service.Url);

        var first = (await one.GetAsync("/api/v1/audit", (GuardedService.PeerHeader, GuardedService.NewPeer()))).ShouldBe(HttpStatusCode.OK);
        (await one.GetAsync("/api/v1/audit", (GuardedService.PeerHeader, GuardedService.NewPeer()))).ShouldBe(HttpStatusCode.OK);
        var refused = (await one.GetAsync("/api/v1/audit", (GuardedService.PeerHeader, GuardedService.NewPeer()))).ShouldFail(429, "too_many_requests");

        (await two.GetAsync("/api/v1/audit")).ShouldBe(HttpStatusCode.OK);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(first.Header("RateLimit-Policy"), Is.EqualTo("\"address\";q=1000;w=60, \"principal\";q=2;w=60"));
            Assert.That(first.Header("RateLimit"), Is.EqualTo("\"address\";r=999;t=1, \"principal\";r=1;t=30"));
            Assert.That(refused.Header("RateLimit"), Is.EqualTo("\"address\";r=999;t=1, \"principal\";r=0;t=60"));
            Assert.That(refused.Header("Retry-After"), Is.EqualTo("30"));
        }
    }

    [Test]
    public async Task Limits_of_zero_are_off_and_not_told()
    {
        await using var service = await GuardedService.StartAsync(("RateLimits:RequestsPerMinutePerAddress", "0"), ("RateLimits:RequestsPerMinutePerPrincipal", "0"));

        var answer = await service.GetAsync("/no/such/route");

        Assert.That(answer.Headers.Keys.Where(name => name.StartsWith("RateLimit", StringComparison.OrdinalIgnoreCase)), Is.Empty);
    }

    [Test]
    public void Parallel_requests_get_exactly_their_share()
    {
        var limit = new RateLimit<int>(1000, new TestClock());
        var allowed = 0;

        Parallel.For(0, 5000, request =>
        {
            if (limit.Take(request % 2).IsAllowed)
            {
                Interlocked.Increment(ref allowed);
            }
        });

        Assert.That(allowed, Is.EqualTo(2000));
    }

    [Test]
    public void A_flood_of_addresses_takes_bounded_memory_and_spares_those_that_owe()
    {
        var clock = new TestClock();
        var limit = new RateLimit<int>(1, clock);
        for (var key = 1; key <= 100_000; key++)
        {
            limit.Take(key);
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        limit.Take(-1);
        for (var key = 100_001; key <= 100_010; key++)
        {
            limit.Take(key);
        }

        Assert.That(limit.Count, Is.LessThan(20));
        Assert.That(limit.Take(-1).IsAllowed, Is.False);
    }
}
