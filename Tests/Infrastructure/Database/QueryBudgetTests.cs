using System.Collections;
using System.Globalization;
using System.Net;
using System.Reflection;
using Dapper;

namespace CrmImport.Tests.Infrastructure.Database;

/// <summary>A list that costs too much is refused as its caller's fault, and costs nobody else anything.</summary>
public sealed class QueryBudgetTests
{
    /// <summary>A tenth of the 20 connections that a pool has by default.</summary>
    private const int SlotsOfAnAccount = 2;

    private const string Running = "select count(*)::int from pg_stat_activity where datname = current_database() and state = 'active' and wait_event = 'PgSleep'";

    [TestCase("contact", "/api/v1/contacts")]
    [TestCase("contact", "/api/v1/contacts?$filter=not%20contains(notes,'z')")]
    [TestCase("contact", "/api/parties")]
    [TestCase("audit_entry", "/api/v1/audit")]
    public async Task A_list_that_takes_too_long_is_too_costly(string table, string list)
    {
        await using var service = await GuardedService.StartAsync(("Queries:Seconds", "1"));
        var key = await service.Database.AddKeyAsync();
        var clientRef = await service.AddContactAsync();
        await SlowDownAsync(service.Database, table);

        var answer = await service.GetAsync(list, key.Header);

        Assert.That(answer.ShouldFail(400, "query_too_costly").Text("result_msg"), Does.Contain("longer than 1 second"));
        (await service.GetAsync($"/api/v1/clients/{clientRef}/contacts/C1", key.Header)).ShouldBe(HttpStatusCode.OK);
        (await service.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task An_account_with_too_many_costly_lists_waits_for_itself_and_keeps_nobody_else()
    {
        await using var service = await GuardedService.StartAsync(("Queries:Seconds", "3"));
        var (greedy, other) = (await service.Database.AddKeyAsync(), await service.Database.AddKeyAsync());
        var clientRef = await service.AddContactAsync();
        await SlowDownAsync(service.Database, "contact");

        var lists = Enumerable.Range(0, 6 * SlotsOfAnAccount).Select(_ => service.GetAsync("/api/v1/contacts", greedy.Header)).ToArray();
        var most = 0;
        for (var all = Task.WhenAll(lists); !all.IsCompleted;)
        {
            most = Math.Max(most, await service.Database.QueryAsync<int>(Running));
            (await service.GetAsync("/api/v1/clients", other.Header)).ShouldBe(HttpStatusCode.OK);
            (await service.GetAsync($"/api/v1/clients/{clientRef}/contacts/C1", greedy.Header)).ShouldBe(HttpStatusCode.OK);
            (await service.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);
        }

        var answers = (await Task.WhenAll(lists)).ToLookup(answer => answer.Text("code"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(most, Is.EqualTo(SlotsOfAnAccount));
            Assert.That(answers.Select(answer => answer.Key), Is.EquivalentTo(new[] { "query_too_costly", "too_many_requests" }));
            Assert.That(answers["too_many_requests"].Select(answer => answer.ShouldFail(429, "too_many_requests").Header("Retry-After")), Is.All.EqualTo("1"));
        }
    }

    [TestCase("/api/v1/contacts?$filter=notes%20eq%20'{0}'")]
    [TestCase("/api/v1/clients/{1}/contacts?$filter=notes%20eq%20'{0}'%20or%20version%20gt%20{0}")]
    [TestCase("/api/v1/audit?account={0}")]
    public async Task No_statement_of_a_list_is_remembered_for_ever(string list)
    {
        var remembered = (IDictionary)typeof(DynamicParameters).GetField("paramReaderCache", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
        var (owner, clientRef) = (await ServiceUnderTest.A.OwnerAsync(), await ServiceUnderTest.A.AddClientAsync());

        foreach (var number in Enumerable.Range(1, 20))
        {
            (await owner.GetAsync(string.Format(CultureInfo.InvariantCulture, list, number, clientRef))).ShouldBe(HttpStatusCode.OK);
        }

        lock (remembered)
        {
            Assert.That(remembered.Keys.Cast<SqlMapper.Identity>().Count(identity => identity.GetType().GetField("sql")!.GetValue(identity) is string sql && sql.Contains("statement_timeout", StringComparison.Ordinal)), Is.Zero);
        }
    }

    // From here on each row of the table takes a minute to be looked at; the view that single records are read from keeps the table itself.
    private static Task SlowDownAsync(TestDatabase database, string table) => database.ExecuteAsync(
        $"""
        alter table {table} rename to stored_{table};
        create view {table} as select stored.* from stored_{table} stored, lateral (select pg_sleep(60) where stored.ctid is not null) slow
        """);
}
