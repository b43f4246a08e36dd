using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Integrations.RevokeKey;

/// <summary>POST /api/v1/admin/endpoints/{id}/keys/{keyId}/revoke.</summary>
public sealed class RevokeKeyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_key_is_revoked_once_for_good_and_not_on_trial()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await SampleEndpoint.AddAsync();
        var made = (await owner.PostAsync($"{endpoint}/keys", "")).ShouldBe(HttpStatusCode.Created);
        var (keyId, secret) = ($"{made.Data["keyId"]}", $"{made.Data["secret"]}");

        var trial = (await owner.PostAsync($"{endpoint}/keys/{keyId}/revoke?dryRun=true", "")).ShouldBe(HttpStatusCode.OK);
        var revoked = (await owner.PostAsync($"{endpoint}/keys/{keyId}/revoke", "")).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.PostAsync($"{endpoint}/keys/{keyId}/revoke", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(trial.Text("outcome") + revoked.Header("X-Outcome") + again.Header("X-Outcome"), Is.EqualTo("updatedupdatedunchanged"));
            Assert.That(revoked.Data["revokedAt"], Is.Not.Null);
            Assert.That(again.Body, Is.EqualTo(revoked.Body));
            Assert.That(await Database.QueryAsync<string>("select string_agg(outcome || changes, ' ' order by id) from audit_entry where record_type = 'access_key' and record_ref = @keyId", new { keyId }),
                Does.StartWith("created").And.Contain("updated").And.Not.Contain(secret));
        }
    }

    [Test]
    public async Task A_key_calls_until_it_is_revoked_or_its_endpoint_is_deactivated_though_its_maker_is_gone()
    {
        var owner = await Database.OwnerAsync();
        var account = await SampleEndpoint.AddServiceAsync(1, "audit:read");
        var endpoint = (await owner.PostAsync("/api/v1/admin/endpoints", SampleEndpoint.New(TestDatabase.Unique("e"), account))).ShouldBe(HttpStatusCode.Created).Header("Location");
        var maker = await TestSession.OpenAsync(Database);
        var (first, second) = ((await maker.Client.PostAsync($"{endpoint}/keys", "")).ShouldBe(HttpStatusCode.Created).Data, (await maker.Client.PostAsync($"{endpoint}/keys", "{}")).ShouldBe(HttpStatusCode.Created).Data);

        (await owner.PatchAsync($"/api/v1/admin/accounts/{maker.OpId}", """{"active":false}""")).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(first)).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(second)).ShouldBe(HttpStatusCode.OK);

        (await owner.PostAsync($"{endpoint}/keys/{first["keyId"]}/revoke", "")).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(first)).ShouldFail(401, "not_authenticated");
        (await CallAsync(second)).ShouldBe(HttpStatusCode.OK);

        (await owner.PatchAsync(endpoint, """{"active":false}""")).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(second)).ShouldFail(401, "not_authenticated");

        static Task<ApiAnswer> CallAsync(JsonObject key) => new ApiClient($"{key["accessKey"]}").GetAsync("/api/v1/audit?size=1");
    }

    [Test]
    public async Task A_revocation_under_an_idempotency_key_is_answered_once_more_as_it_was()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await SampleEndpoint.AddAsync();
        var (first, second) = ((await owner.PostAsync($"{endpoint}/keys", "")).Data["keyId"], (await owner.PostAsync($"{endpoint}/keys", "")).Data["keyId"]);
        var key = ("Idempotency-Key", Guid.NewGuid().ToString());

        var revoked = (await owner.PostAsync($"{endpoint}/keys/{first}/revoke", "", key)).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.PostAsync($"{endpoint}/keys/{first}/revoke", "", key)).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync($"{endpoint}/keys/{second}/revoke", "", key)).ShouldFail(422, "idempotency_key_reused");

        Assert.That(again.Body + again.Header("X-Outcome") + again.Header("Idempotent-Replayed"), Is.EqualTo(revoked.Body + "updatedtrue"));
    }

    [Test]
    public async Task A_key_is_revoked_by_its_own_endpoint_only()
    {
        var owner = await Database.OwnerAsync();
        var (one, other) = (await SampleEndpoint.AddAsync(), await SampleEndpoint.AddAsync());
        var keyId = (await owner.PostAsync($"{one}/keys", "")).ShouldBe(HttpStatusCode.Created).Data["keyId"];

        (await owner.PostAsync($"{other}/keys/{keyId}/revoke", "")).ShouldFail(404, "key_not_found");
        (await owner.PostAsync($"{one}/keys/nothing/revoke", "")).ShouldFail(404, "key_not_found");
        (await owner.PostAsync($"/api/v1/admin/endpoints/nothing/keys/{keyId}/revoke", "")).ShouldFail(404, "endpoint_not_found");
        Assert.That((await owner.GetAsync($"{one}/keys?$filter=revokedAt eq null&$select=keyId")).Json["items"]!.ToJsonString(), Is.EqualTo($$"""[{"keyId":"{{keyId}}"}]"""));
    }

    [Test]
    public async Task Neither_another_databases_credential_nor_a_bad_query_revokes_a_key()
    {
        var (owner, stranger) = (await Database.OwnerAsync(), await ServiceUnderTest.B.OwnerAsync());
        var key = await Database.AddKeyAsync();
        var path = $"/api/v1/admin/endpoints/{key.EndpointId}/keys/{key.KeyId}/revoke";

        (await stranger.PostAsync(path, "")).ShouldFail(404, "endpoint_not_found");
        (await stranger.PostAsync(path, "", ("x-database", Database.Name))).ShouldFail(401, "not_authenticated");
        (await owner.PostAsync($"{path}?dryRun=perhaps", "")).ShouldFail(400, "invalid_parameter");
        Assert.That(await Database.QueryAsync<bool>("select revoked_at is null from access_key where key_id = @KeyId", new { key.KeyId }));
    }
}
