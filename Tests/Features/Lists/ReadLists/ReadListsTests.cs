using System.Net;

namespace CrmImport.Tests.Features.Lists.ReadLists;

/// <summary>GET /api/v1/admin/lists and /api/v1/admin/lists/{name}/{id}.</summary>
public sealed class ReadListsTests
{
    private const string Lists = "/api/v1/admin/lists";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Every_list_comes_under_its_name_its_items_by_rank_also_those_that_are_not_active()
    {
        var owner = await Database.OwnerAsync();
        var list = await AddListAsync();

        var lists = (await owner.GetAsync(Lists)).ShouldBe(HttpStatusCode.OK).Data;

        Assert.That(lists.Select(items => items.Key), Is.SupersetOf(new[] { "contacttype", "usagetype", list }));
        Assert.That(lists[list]!.ToJsonString(), Is.EqualTo(
            """[{"id":3,"name":"First","rank":1,"active":true},{"id":2,"name":"Gone","rank":5,"active":false},{"id":1,"name":"Last","rank":9,"active":true}]"""));
    }

    [Test]
    public async Task An_item_is_read_by_its_list_and_id_and_what_is_not_there_is_not_found()
    {
        var owner = await Database.OwnerAsync();
        var list = await AddListAsync();

        Assert.That((await owner.GetAsync($"{Lists}/{list}/2")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo("""{"id":2,"name":"Gone","rank":5,"active":false}"""));
        (await owner.GetAsync($"{Lists}/{list}/4")).ShouldFail(404, "list_not_found");
        (await owner.GetAsync($"{Lists}/{list}/x")).ShouldFail(404, "list_not_found");
        (await owner.GetAsync($"{Lists}/nosuchlist/1")).ShouldFail(404, "list_not_found");
    }

    [Test]
    public async Task Another_database_has_other_lists_and_who_may_not_sees_none()
    {
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var clerk = (await TestSession.OpenAsync(Database, 1, "contact:edit")).Client;
        var list = await AddListAsync();

        Assert.That((await stranger.GetAsync(Lists)).ShouldBe(HttpStatusCode.OK).Data.ContainsKey(list), Is.False);
        (await stranger.GetAsync($"{Lists}/{list}/2")).ShouldFail(404, "list_not_found");
        (await stranger.GetAsync(Lists, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
        (await clerk.GetAsync(Lists)).ShouldFail(403, "forbidden");
        (await clerk.GetAsync($"{Lists}/{list}/2")).ShouldFail(403, "forbidden");
    }

    private static async Task<string> AddListAsync()
    {
        var list = TestDatabase.Unique("list");
        await Database.ExecuteAsync("insert into list_item (list, id, name, rank, active) values (@list, 1, 'Last', 9, true), (@list, 2, 'Gone', 5, false), (@list, 3, 'First', 1, true)", new { list });
        return list;
    }
}
