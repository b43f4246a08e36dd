using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Lists.ReadList;

/// <summary>GET /api/v1/MDOList/{name}.</summary>
public sealed class ReadListTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("task")]
    [TestCase("TASK")]
    public async Task The_task_list_is_the_documents(string name)
    {
        var answer = (await (await Database.OwnerAsync()).GetAsync($"/api/v1/MDOList/{name}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Body, Is.EqualTo(
            """
            [{"Id":1,"Name":"Meeting (Internal)"},{"Id":2,"Name":"Meeting (External)"},{"Id":3,"Name":"Phone-Out"},{"Id":4,"Name":"Phone-In"},{"Id":5,"Name":"Follow-up"},{"Id":6,"Name":"Planning"},{"Id":7,"Name":"Visit"},{"Id":8,"Name":"Lunch"},{"Id":9,"Name":"Proposal"},{"Id":10,"Name":"Service"},{"Id":11,"Name":"Private"},{"Id":12,"Name":"Other"}]
            """));
    }

    [Test]
    public async Task Active_items_come_by_rank()
    {
        var list = TestDatabase.Unique("list");
        await Database.ExecuteAsync("insert into list_item (list, id, name, rank, active) values (@list, 1, 'Last', 9, true), (@list, 2, 'Gone', 5, false), (@list, 3, 'First', 1, true)", new { list });

        var items = JsonNode.Parse((await (await Database.OwnerAsync()).GetAsync($"/api/v1/MDOList/{list}")).ShouldBe(HttpStatusCode.OK).Body)!.AsArray();

        Assert.That(items.Select(item => $"{item!["Name"]}"), Is.EqualTo(new[] { "First", "Last" }));
    }

    [Test]
    public async Task Every_caller_may_read_a_list_and_an_unknown_one_is_not_found()
    {
        var client = (await TestSession.OpenAsync(Database, level: 1)).Client;

        (await client.GetAsync("/api/v1/MDOList/salutation")).ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("/api/v1/MDOList/nosuch")).ShouldFail(404, "list_not_found");
        (await ApiClient.Anonymous.GetAsync("/api/v1/MDOList/salutation")).ShouldFail(401, "not_authenticated");
    }
}
