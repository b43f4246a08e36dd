using System.Net;

namespace CrmImport.Tests.Features.Integrations.ListIntegrations;

/// <summary>GET /api/v1/admin/endpoints.</summary>
public sealed class ListIntegrationsTests
{
    private const string Endpoints = "/api/v1/admin/endpoints";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_endpoint_is_listed_with_every_field()
    {
        var key = await Database.AddKeyAsync(addresses: ["10.0.0.0/8", "::1"]);
        await Database.ExecuteAsync(
            "update endpoint set version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B' where endpoint_id = @EndpointId", new { key.EndpointId });

        var page = (await (await Database.OwnerAsync()).GetAsync($"{Endpoints}?$filter=account eq '{key.OpId.ToLowerInvariant()}'")).ShouldBe(HttpStatusCode.OK).Json;

        Assert.That($"{page["total"]} {page["position"]} {page["size"]}", Is.EqualTo("1 0 20"));
        Assert.That(page["items"]!.ToJsonString(), Is.EqualTo(
            $$"""
            [{"id":"{{key.EndpointId}}","name":"{{key.EndpointId}}","account":"{{key.OpId}}","allowedAddresses":["10.0.0.0/8","::1"],"active":true,"version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B"}]
            """));
    }

    [Test]
    public async Task Endpoints_are_searched_filtered_ordered_and_narrowed()
    {
        var opId = await Database.AddAccountAsync("service");
        string[] ids = [(await Database.AddKeyAsync(opId)).EndpointId, (await Database.AddKeyAsync(opId)).EndpointId, (await Database.AddKeyAsync(opId)).EndpointId];
        await Database.ExecuteAsync("update endpoint set name = 'N' || array_position(@ids, endpoint_id) || @opId, active = endpoint_id <> @Inactive where endpoint_id = any (@ids)", new { ids, opId, Inactive = ids[1] });

        var page = (await (await Database.OwnerAsync()).GetAsync($"{Endpoints}?search={opId}&$filter=active eq true&orderBy=name&desc=true&$select=active,id")).ShouldBe(HttpStatusCode.OK);

        Assert.That(page.Json["items"]!.ToJsonString(), Is.EqualTo($$"""[{"active":true,"id":"{{ids[2]}}"},{"active":true,"id":"{{ids[0]}}"}]"""));
    }

    [TestCase("$filter=allowedAddresses eq '::1'", "invalid_filter")]
    [TestCase("$select=keys", "invalid_parameter")]
    [TestCase("orderBy=allowedAddresses", "invalid_parameter")]
    [TestCase("size=0", "invalid_parameter")]
    public async Task What_an_endpoint_does_not_have_is_refused(string query, string code) =>
        (await (await Database.OwnerAsync()).GetAsync($"{Endpoints}?{query}")).ShouldFail(400, code);

    [TestCase("integration:manage", 200)]
    [TestCase("admin", 200)]
    [TestCase("contact:edit", 403)]
    public async Task Endpoints_are_for_those_who_manage_them(string permission, int status)
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, permission)).Client;

        Assert.That((int)(await client.GetAsync($"{Endpoints}?size=1")).Status, Is.EqualTo(status));
    }

    [Test]
    public async Task Another_database_has_other_endpoints()
    {
        var key = await Database.AddKeyAsync();
        var stranger = await ServiceUnderTest.B.OwnerAsync();

        Assert.That((await stranger.GetAsync($"{Endpoints}?$filter=id eq '{key.EndpointId}'")).ShouldBe(HttpStatusCode.OK).Json["total"]!.GetValue<int>(), Is.Zero);
        (await stranger.GetAsync(Endpoints, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
