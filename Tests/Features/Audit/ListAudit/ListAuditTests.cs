using System.Net;

namespace CrmImport.Tests.Features.Audit.ListAudit;

/// <summary>GET /api/v1/audit.</summary>
public sealed class ListAuditTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Entries_come_newest_first_in_pages_that_neither_skip_nor_repeat()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        for (var i = 0; i < 7; i++)
        {
            (await owner.UpsertAsync(Sample.Contact(clientRef, $"C{i}"))).ShouldBe(HttpStatusCode.OK);
        }

        var seen = new List<string>();
        for (var position = 0; position < 9; position += 3)
        {
            var page = (await owner.GetAsync($"/api/v1/audit?clientRef={clientRef}&position={position}&size=3")).ShouldBe(HttpStatusCode.OK).Json;
            using (Assert.EnterMultipleScope())
            {
                Assert.That(page.Select(property => property.Key), Is.EqualTo(position < 6
                    ? new[] { "result", "result_msg", "total", "position", "size", "nextCursor", "items" }
                    : ["result", "result_msg", "total", "position", "size", "items"]));
                Assert.That(page["total"]!.GetValue<int>(), Is.EqualTo(7));
            }

            seen.AddRange(page["items"]!.AsArray().Select(item => item!["contactRef"]!.GetValue<string>()));
        }

        Assert.That(seen, Is.EqualTo(new[] { "C6", "C5", "C4", "C3", "C2", "C1", "C0" }));
    }

    [Test]
    public async Task Beyond_the_end_there_is_nothing_and_a_large_size_is_the_largest()
    {
        var owner = await Database.OwnerAsync();
        var page = (await owner.GetAsync("/api/v1/audit?clientRef=nobody&position=100&size=5000")).ShouldBe(HttpStatusCode.OK).Json;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(page["items"]!.AsArray(), Is.Empty);
            Assert.That(page["size"]!.GetValue<int>(), Is.EqualTo(1000));
        }
    }

    [TestCase("position=-1", "position")]
    [TestCase("position=x", "position")]
    [TestCase("position=1&position=2", "position")]
    [TestCase("size=0", "size")]
    [TestCase("size=", "size")]
    [TestCase("size=1%00", "size")]
    [TestCase("size=99999999999", "size")]
    [TestCase("clientRef=a&clientRef=b", "clientRef")]
    public async Task Bad_values_are_named(string query, string parameter)
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.GetAsync($"/api/v1/audit?{query}")).ShouldFail(400, "invalid_parameter");
        Assert.That(answer.Problems, Is.EqualTo(new[] { $"{parameter} invalid_parameter" }));
    }

    [Test]
    public async Task A_log_in_is_audited_without_its_secrets()
    {
        var opId = await Database.AddOperatorAsync(10);
        var client = await ApiClient.LogInAsync(Database.Name, opId);
        var page = (await client.GetAsync($"/api/v1/audit?account={opId}")).ShouldBe(HttpStatusCode.OK);
        var entry = page.Json["items"]!.AsArray().Single(item => item!["account"]!.GetValue<string>() == opId)!;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(entry["recordType"]!.GetValue<string>(), Is.EqualTo("session"));
            Assert.That(entry["route"]!.GetValue<string>(), Is.EqualTo("/api/v1/auth/login"));
            Assert.That(page.Body, Does.Not.Contain(TestDatabase.Password).And.Not.Contain(client.AccessToken));
        }
    }
}
