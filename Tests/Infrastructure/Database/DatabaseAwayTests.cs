using System.Diagnostics;
using System.Net;
using CrmImport.Infrastructure.Database;
using CrmImport.Processes;
using CrmImport.Tests.Running;
using Npgsql;

namespace CrmImport.Tests.Infrastructure.Database;

/// <summary>One of two databases goes away and comes back: its callers are told soon, the other's notice nothing, nobody starts anything anew.</summary>
public sealed class DatabaseAwayTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(5); // on a machine that does much else; a caller who waits for the connection waits 15

    [TestCase(false)]
    [TestCase(true)]
    public async Task Callers_of_a_database_that_is_away_are_told_soon_and_those_of_another_notice_nothing(bool hangs)
    {
        var near = await ServiceUnderTest.AddDatabaseAsync();
        var far = await ServiceUnderTest.AddDatabaseAsync();
        await using var proxy = new DatabaseProxy(WithDefaultTimeout(far.ConnectionString));
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { [$"Databases__{near.Name}"] = near.ConnectionString, [$"Databases__{far.Name}"] = $"{proxy.ConnectionString};Command Timeout=1" });
        var url = await service.ListeningAsync();
        var (nearby, away) = (await ApiClient.LogInAsync(near.Name, await near.AddOperatorAsync(level: 10), url), await ApiClient.LogInAsync(far.Name, await far.AddOperatorAsync(level: 10), url));
        var (nearContact, farContact) = (Sample.Contact(await near.AddClientAsync(), "C1"), Sample.Contact(await far.AddClientAsync(), "C1"));
        (await away.UpsertAsync(farContact)).ShouldBe(HttpStatusCode.OK);

        if (hangs)
        {
            proxy.Hang();
            await ServiceProcess.UntilAsync(() => new ApiClient(url: url).GetAsync("/health/ready"), HttpStatusCode.ServiceUnavailable);
            await ServiceProcess.UntilAsync(() => away.ReadAsync("x", "y"), HttpStatusCode.ServiceUnavailable); // waits for a statement that never ends, as long as the connection string allows
        }
        else
        {
            proxy.Disconnect();
        }

        var refusals = Enumerable.Range(0, 40).Select(async i =>
        {
            var clock = Stopwatch.StartNew();
            var answer = await (i % 2 == 0 ? away.UpsertAsync(farContact) : away.GetAsync("/api/v1/contacts"));
            return (Answer: answer, clock.Elapsed);
        }).ToArray();
        for (var i = 0; i < 40; i++)
        {
            (await nearby.UpsertAsync(nearContact.With("surname", $"N{i}"))).ShouldBe(HttpStatusCode.OK);
        }

        using (Assert.EnterMultipleScope())
        {
            foreach (var (answer, elapsed) in await Task.WhenAll(refusals))
            {
                answer.ShouldFail(503, "database_unavailable");
                Assert.That(int.Parse(answer.Header("Retry-After"), System.Globalization.CultureInfo.InvariantCulture), Is.GreaterThan(0));
                Assert.That(elapsed, Is.LessThan(Soon));
            }
        }

        proxy.Restore();
        await ServiceProcess.UntilAsync(() => away.UpsertAsync(farContact.With("surname", "Back")), HttpStatusCode.OK);
        await ServiceProcess.UntilAsync(() => new ApiClient(url: url).GetAsync("/health/ready"), HttpStatusCode.OK);
    }

    [Test]
    public async Task A_service_starts_before_its_database_and_serves_it_once_it_is_there()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var opId = await database.AddOperatorAsync(level: 10);
        var unrestricted = await database.AddKeyAsync();
        await using var proxy = new DatabaseProxy(WithDefaultTimeout(database.ConnectionString));
        proxy.Disconnect();
        await using var service = ServiceProcess.Start(new Dictionary<string, string> { [$"Databases__{database.Name}"] = proxy.ConnectionString });
        var url = await service.ListeningAsync();
        var (anybody, known) = (new ApiClient(url: url), new ApiClient((await database.OwnerAsync()).AccessToken, url));

        (await anybody.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK);
        (await anybody.GetAsync("/health/ready")).ShouldFail(503, "database_unavailable");
        (await anybody.PostAsync("/api/v1/auth/login", TestSession.Credentials(opId))).ShouldFail(503, "database_unavailable");
        (await known.GetAsync("/api/v1/contacts")).ShouldFail(503, "database_unavailable");

        proxy.Restore();
        await ServiceProcess.UntilAsync(() => known.GetAsync("/api/v1/contacts"), HttpStatusCode.OK);
        await ServiceProcess.UntilAsync(() => anybody.GetAsync("/health/ready"), HttpStatusCode.OK);
        Assert.That(service.Output, Does.Contain($"endpoint {unrestricted.EndpointId} has no allowed addresses"), "endpoints are checked of a database that comes late, too");
    }

    [Test]
    public async Task A_pool_that_is_all_in_use_is_waited_for_and_no_sign_of_a_database_that_is_away()
    {
        var settings = new NpgsqlConnectionStringBuilder(ServiceUnderTest.A.ConnectionString) { MaxPoolSize = 1, Timeout = 1 };
        await using var pool = new DatabasePool(NpgsqlDataSource.Create(settings));
        var held = await pool.OpenConnectionAsync(CancellationToken.None);

        var waiting = Enumerable.Range(0, 10).Select(async _ =>
        {
            await using var connection = await pool.OpenConnectionAsync(CancellationToken.None);
            return connection.State;
        }).ToArray();
        Assert.That(async () => await Task.WhenAny(waiting).WaitAsync(TimeSpan.FromSeconds(2.5)), Throws.InstanceOf<TimeoutException>(), "more than two waits");

        await held.DisposeAsync();
        Assert.That(await Task.WhenAll(waiting), Is.All.EqualTo(System.Data.ConnectionState.Open));
    }

    // The tests' own time-out is for busy machines; here the service's counts.
    private static string WithDefaultTimeout(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        settings.Remove("Timeout");
        return settings.ToString();
    }
}
