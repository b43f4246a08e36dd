using System.Net;

namespace CrmImport.Tests.Features.Integrations.EditIntegration;

/// <summary>Endpoints of service accounts over HTTP.</summary>
public sealed class EditIntegrationTests
{
    private const string Endpoints = "/api/v1/admin/endpoints";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_endpoint_is_made_under_an_id_of_the_service_read_listed_changed_and_audited()
    {
        var owner = await Database.OwnerAsync();
        var (account, name) = (await SampleEndpoint.AddServiceAsync(), TestDatabase.Unique("endpoint"));

        var made = (await owner.PostAsync(Endpoints, SampleEndpoint.New(name, account.ToLowerInvariant(), " 10.0.0.0/8", "::FFFF:1.2.3.4", "2001:DB8::0:1", "1.2.3.4/32").With("id", "not taken"))).ShouldBe(HttpStatusCode.Created);
        var id = $"{made.Data["id"]}";
        var changed = (await owner.PatchAsync($"{Endpoints}/{id}", """{"active":false}""", ("If-Match", "\"1\""))).ShouldBe(HttpStatusCode.OK);
        var list = (await owner.GetAsync($"{Endpoints}?$filter=account eq '{account}' and active eq false&orderBy=name")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(Guid.Parse(id).Version, Is.EqualTo(7));
            Assert.That(made.Header("Location"), Is.EqualTo($"{Endpoints}/{id}"));
            Assert.That($"{made.Data["account"]}", Is.EqualTo(account));
            Assert.That(made.Data["allowedAddresses"]!.ToJsonString(), Is.EqualTo("""["10.0.0.0/8","1.2.3.4","2001:db8::1"]"""));
            Assert.That(made.Json["problems"], Is.Null);
            Assert.That((await owner.GetAsync($"{Endpoints}/{id}")).Data.ToJsonString(), Is.EqualTo(changed.Data.ToJsonString()));
            Assert.That(list.Json["items"]!.AsArray().Single()!.ToJsonString(), Is.EqualTo(changed.Data.ToJsonString()));
            Assert.That(await Database.QueryAsync<int>("select count(*) from audit_entry where record_type = 'endpoint' and record_ref = @id", new { id }), Is.EqualTo(2));
            Assert.That((await owner.PatchAsync($"{Endpoints}/{id}", """{"active":true}""", ("If-Match", "\"1\""))).Text("code"), Is.EqualTo("precondition_failed"));
            Assert.That((await owner.PatchAsync($"{Endpoints}/{id}", """{"id":"x"}""")).Problems, Is.EqualTo(new[] { "id field_read_only" }));
        }
    }

    [Test]
    public async Task One_without_addresses_is_made_with_a_warning()
    {
        var made = (await (await Database.OwnerAsync()).PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("endpoint"), await SampleEndpoint.AddServiceAsync()))).ShouldBe(HttpStatusCode.Created);

        Assert.That(made.Problems, Is.EqualTo(new[] { "allowedAddresses any_address" }));
        Assert.That($"{made.Json["problems"]![0]!["level"]}", Is.EqualTo("WARNING"));
    }

    [Test]
    public async Task What_is_wrong_with_one_is_told_whole()
    {
        var owner = await Database.OwnerAsync();
        var account = await SampleEndpoint.AddServiceAsync();

        var answer = await owner.PostAsync(Endpoints, SampleEndpoint.New(" ", "", "10.0.0.0/8", "10.0.0.0/33", "1", "localhost", "10.0.0.1/8"));
        Assert.That(answer.ShouldFail(400, "field_blank").Problems, Is.EqualTo(new[]
        {
            "name field_blank", "allowedAddresses[1] field_not_allowed", "allowedAddresses[2] field_not_allowed", "allowedAddresses[3] field_not_allowed", "allowedAddresses[4] field_not_allowed",
        }));
        (await owner.PostAsync(Endpoints, """{"name":null,"account":1,"allowedAddresses":{},"active":""}""")).ShouldFail(400, "field_null");
        foreach (var unknown in new[] { "nobody", await Database.AddOperatorAsync(), "" })
        {
            (await owner.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), unknown))).ShouldFail(400, "unknown_account");
        }

        (await owner.PatchAsync($"{Endpoints}/nothing", "{}")).ShouldFail(404, "endpoint_not_found");
        (await owner.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), account, [.. Enumerable.Repeat("10.0.0.1", 1001)]))).ShouldFail(400, "too_many_items");
    }

    [Test]
    public async Task A_name_is_taken_once_whatever_its_case_also_by_a_change_and_a_trial()
    {
        var owner = await Database.OwnerAsync();
        var (account, name) = (await SampleEndpoint.AddServiceAsync(), TestDatabase.Unique("endpoint"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => owner.PostAsync(Endpoints, SampleEndpoint.New(i % 2 == 0 ? name : name.ToUpperInvariant(), account, "::1"))));
        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(1));
        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Text("code") == "endpoint_exists"), Is.EqualTo(19));

        var other = (await owner.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("endpoint"), account, "::1"))).ShouldBe(HttpStatusCode.Created).Header("Location");
        (await owner.PatchAsync(other, $$"""{"name":"{{name}}"}""")).ShouldFail(409, "endpoint_exists");
        (await owner.PatchAsync($"{other}?dryRun=true", $$"""{"name":"{{name}}"}""")).ShouldFail(409, "endpoint_exists");
    }

    [Test]
    public async Task Integration_management_reaches_as_far_as_the_callers_own_rights()
    {
        var manager = (await TestSession.OpenAsync(Database, level: 1, "integration:manage", "contact:read")).Client;
        var admin = (await TestSession.OpenAsync(Database, level: 9, "admin")).Client;
        var (lesser, greater, owning) = (await SampleEndpoint.AddServiceAsync(1, "contact:read"), await SampleEndpoint.AddServiceAsync(1, "contact:read", "contact:edit"), await SampleEndpoint.AddServiceAsync(10));

        var mine = (await manager.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), lesser, "::1"))).ShouldBe(HttpStatusCode.Created).Header("Location");
        (await manager.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), greater, "::1"))).ShouldFail(403, "forbidden");
        (await manager.PatchAsync(mine, $$"""{"account":"{{greater}}"}""")).ShouldFail(403, "forbidden");
        var theirs = (await admin.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), greater, "::1"))).ShouldBe(HttpStatusCode.Created).Header("Location");
        (await manager.PatchAsync(theirs, $$"""{"account":"{{lesser}}"}""")).ShouldFail(403, "forbidden");
        (await manager.PostAsync($"{theirs}/keys", "")).ShouldFail(403, "forbidden");
        (await manager.PostAsync($"{mine}/keys", "")).ShouldBe(HttpStatusCode.Created);
        (await admin.PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), owning, "::1"))).ShouldFail(403, "forbidden");
        (await (await Database.OwnerAsync()).PostAsync(Endpoints, SampleEndpoint.New(TestDatabase.Unique("e"), owning, "::1"))).ShouldBe(HttpStatusCode.Created);
        var nobody = (await TestSession.OpenAsync(Database, level: 9, "contact:edit", "audit:read")).Client;
        (await nobody.GetAsync(Endpoints)).ShouldFail(403, "forbidden");
        (await nobody.PostAsync($"{mine}/keys", "{}")).ShouldFail(403, "forbidden");
    }
}
