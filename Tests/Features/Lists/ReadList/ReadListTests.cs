using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Lists.ReadList;

/// <summary>GET /api/v1/MDOList/{name}.</summary>
public sealed class ReadListTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("MDOList/task")]
    [TestCase("MDOList/TASK")]
    [TestCase("List/Task/MDOItems")]
    [TestCase("List/MDO/task")]
    public async Task The_task_list_is_the_documents(string path)
    {
        var answer = (await (await Database.OwnerAsync()).GetAsync($"/api/v1/{path}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Body, Is.EqualTo(
            """
            [{"Id":1,"Name":"Meeting (Internal)","Rank":1,"Tooltip":null,"Deleted":false},{"Id":2,"Name":"Meeting (External)","Rank":2,"Tooltip":null,"Deleted":false},{"Id":3,"Name":"Phone-Out","Rank":3,"Tooltip":null,"Deleted":false},{"Id":4,"Name":"Phone-In","Rank":4,"Tooltip":null,"Deleted":false},{"Id":5,"Name":"Follow-up","Rank":5,"Tooltip":null,"Deleted":false},{"Id":6,"Name":"Planning","Rank":6,"Tooltip":null,"Deleted":false},{"Id":7,"Name":"Visit","Rank":7,"Tooltip":null,"Deleted":false},{"Id":8,"Name":"Lunch","Rank":8,"Tooltip":null,"Deleted":false},{"Id":9,"Name":"Proposal","Rank":9,"Tooltip":null,"Deleted":false},{"Id":10,"Name":"Service","Rank":10,"Tooltip":null,"Deleted":false},{"Id":11,"Name":"Private","Rank":11,"Tooltip":null,"Deleted":false},{"Id":12,"Name":"Other","Rank":12,"Tooltip":null,"Deleted":false}]
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
        (await client.GetAsync("/api/v1/List/MDO/nosuch")).ShouldFail(404, "list_not_found");
        (await ApiClient.Anonymous.GetAsync("/api/v1/MDOList/salutation")).ShouldFail(401, "not_authenticated");
    }
}
