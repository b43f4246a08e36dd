using System.Net;

namespace CrmImport.Tests.Features.Integrations.ReadIntegration;

/// <summary>GET /api/v1/admin/endpoints/{id}.</summary>
public sealed class ReadIntegrationTests
{
    private const string Endpoints = "/api/v1/admin/endpoints";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task An_endpoint_is_read_with_every_field_and_its_version()
    {
        var key = await Database.AddKeyAsync(addresses: ["10.0.0.0/8", "::1"]);
        await Database.ExecuteAsync(
            "update endpoint set version = 7, created_at = '2024-01-02T03:04:05Z', created_by = 'A', updated_at = '2024-02-03T04:05:06Z', updated_by = 'B' where endpoint_id = @EndpointId", new { key.EndpointId });

        var answer = (await (await Database.OwnerAsync()).GetAsync($"{Endpoints}/{key.EndpointId}")).ShouldBe(HttpStatusCode.OK);

        Assert.That(answer.Header("ETag"), Is.EqualTo("\"7\""));
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo(
            $$"""
            {"id":"{{key.EndpointId}}","name":"{{key.EndpointId}}","account":"{{key.OpId}}","allowedAddresses":["10.0.0.0/8","::1"],"active":true,"version":7,"createdAt":"2024-01-02T03:04:05Z","createdBy":"A","updatedAt":"2024-02-03T04:05:06Z","updatedBy":"B"}
            """));
    }

    [Test]
    public async Task The_version_at_hand_is_not_sent_again()
    {
        var owner = await Database.OwnerAsync();
        var path = $"{Endpoints}/{(await Database.AddKeyAsync()).EndpointId}";

        Assert.That((await owner.GetAsync(path, ("If-None-Match", "\"1\""))).ShouldBe(HttpStatusCode.NotModified).Body, Is.Empty);
        (await owner.GetAsync(path, ("If-None-Match", "\"2\""))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync(path, ("If-Match", "\"2\""))).ShouldFail(412, "precondition_failed");
    }

    [Test]
    public async Task Selected_properties_come_in_their_order_and_unknown_ones_are_refused()
    {
        var owner = await Database.OwnerAsync();
        var id = (await Database.AddKeyAsync()).EndpointId;

        Assert.That((await owner.GetAsync($"{Endpoints}/{id}?$select=active,id")).ShouldBe(HttpStatusCode.OK).Data.ToJsonString(), Is.EqualTo($$"""{"active":true,"id":"{{id}}"}"""));
        (await owner.GetAsync($"{Endpoints}/{id}?$select=keys")).ShouldFail(400, "invalid_parameter");
    }

    [Test]
    public async Task An_endpoint_that_is_not_there_or_is_another_databases_is_not_found()
    {
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var path = $"{Endpoints}/{(await Database.AddKeyAsync()).EndpointId}";

        (await (await Database.OwnerAsync()).GetAsync($"{Endpoints}/nothing")).ShouldFail(404, "endpoint_not_found");
        (await stranger.GetAsync(path)).ShouldFail(404, "endpoint_not_found");
        (await stranger.GetAsync(path, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
