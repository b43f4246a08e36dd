using System.Net;

namespace CrmImport.Tests.Features.Integrations.ListKeys;

/// <summary>GET /api/v1/admin/endpoints/{id}/keys.</summary>
public sealed class ListKeysTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_key_that_was_made_is_listed_without_its_secret()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await SampleEndpoint.AddAsync();

        var made = (await owner.PostAsync($"{endpoint}/keys", """{"expiresAt":"2099-01-01T01:00:00+01:00"}""")).ShouldBe(HttpStatusCode.Created);
        var (keyId, secret) = ($"{made.Data["keyId"]}", $"{made.Data["secret"]}");
        var list = (await owner.GetAsync($"{endpoint}/keys")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(list.Body, Does.Not.Contain(secret).And.Contain(keyId).And.Contain($"{made.Data["prefix"]}"));
            Assert.That(list.Json["items"]![0]!.AsObject().Select(field => field.Key), Is.EqualTo(new[] { "keyId", "prefix", "createdAt", "createdBy", "expiresAt", "lastUsedAt", "revokedAt", "revokedBy" }));
        }
    }

    [Test]
    public async Task Revoked_and_expired_keys_are_listed_too_and_can_be_left_out()
    {
        var owner = await Database.OwnerAsync();
        var key = await Database.AddKeyAsync();
        await Database.ExecuteAsync(
            "update access_key set created_at = '2024-01-02T03:04:05Z', expires_at = '2024-02-03T04:05:06Z', revoked_at = '2024-02-01T00:00:00Z', revoked_by = 'B' where key_id = @KeyId", new { key.KeyId });
        var keys = $"/api/v1/admin/endpoints/{key.EndpointId}/keys";

        var all = (await owner.GetAsync(keys)).ShouldBe(HttpStatusCode.OK).Json;
        var live = (await owner.GetAsync($"{keys}?$filter=revokedAt eq null")).ShouldBe(HttpStatusCode.OK).Json;

        Assert.That(all["items"]!.ToJsonString(), Is.EqualTo(
            $$"""
            [{"keyId":"{{key.KeyId}}","prefix":"crmk.{{key.KeyId}}","createdAt":"2024-01-02T03:04:05Z","createdBy":"test","expiresAt":"2024-02-03T04:05:06Z","lastUsedAt":null,"revokedAt":"2024-02-01T00:00:00Z","revokedBy":"B"}]
            """));
        Assert.That($"{all["total"]} {live["total"]}", Is.EqualTo("1 0"));
    }

    [TestCase("$filter=secret eq 'x'", "invalid_filter")]
    [TestCase("$select=secret", "invalid_parameter")]
    [TestCase("orderBy=prefix", "invalid_parameter")]
    [TestCase("size=0", "invalid_parameter")]
    public async Task What_a_key_does_not_show_is_refused(string query, string code) =>
        (await (await Database.OwnerAsync()).GetAsync($"/api/v1/admin/endpoints/{(await Database.AddKeyAsync()).EndpointId}/keys?{query}")).ShouldFail(400, code);

    [Test]
    public async Task An_endpoint_that_is_not_there_or_is_another_databases_has_no_keys()
    {
        var stranger = await ServiceUnderTest.B.OwnerAsync();
        var keys = $"/api/v1/admin/endpoints/{(await Database.AddKeyAsync()).EndpointId}/keys";

        (await (await Database.OwnerAsync()).GetAsync("/api/v1/admin/endpoints/nothing/keys")).ShouldFail(404, "endpoint_not_found");
        (await stranger.GetAsync(keys)).ShouldFail(404, "endpoint_not_found");
        (await stranger.GetAsync(keys, ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
    }
}
