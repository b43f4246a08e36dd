using System.Net;
using System.Text;
using CrmImport.Infrastructure.Auth;
using CrmImport.Tests.Features.Integrations.EditIntegration;

namespace CrmImport.Tests.Features.Integrations.AddKey;

/// <summary>The keys of an endpoint over HTTP: made, listed, revoked.</summary>
public sealed class AddKeyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_key_is_shown_once_stored_as_its_hash_listed_without_its_secret_and_revoked_for_good()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await AddEndpointAsync();

        var made = (await owner.PostAsync($"{endpoint}/keys", """{"expiresAt":"2099-01-01T01:00:00+01:00"}""")).ShouldBe(HttpStatusCode.Created);
        var (keyId, secret) = ($"{made.Data["keyId"]}", $"{made.Data["secret"]}");
        var list = (await owner.GetAsync($"{endpoint}/keys")).ShouldBe(HttpStatusCode.OK);
        var trial = (await owner.PostAsync($"{endpoint}/keys/{keyId}/revoke?dryRun=true", "")).ShouldBe(HttpStatusCode.OK);
        var revoked = (await owner.PostAsync($"{endpoint}/keys/{keyId}/revoke", "")).ShouldBe(HttpStatusCode.OK);
        var again = (await owner.PostAsync($"{endpoint}/keys/{keyId}/revoke", "")).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(AccessKeys.TryParse($"{made.Data["accessKey"]}", out var parsed, out _, out var whole) && parsed == keyId && whole == secret);
            Assert.That(made.Header("Cache-Control"), Is.EqualTo("no-store"));
            Assert.That($"{made.Data["expiresAt"]}", Is.EqualTo("2099-01-01T00:00:00Z"));
            Assert.That(AccessKeys.IsHashOf(secret, await Database.QueryAsync<byte[]>("select secret_hash from access_key where key_id = @keyId", new { keyId })));
            Assert.That(list.Body, Does.Not.Contain(secret).And.Contain(keyId).And.Contain($"{made.Data["prefix"]}"));
            Assert.That(list.Json["items"]![0]!.AsObject().Select(field => field.Key), Is.EqualTo(new[] { "keyId", "prefix", "createdAt", "createdBy", "expiresAt", "lastUsedAt", "revokedAt", "revokedBy" }));
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
        var account = await EditIntegrationTests.AddServiceAsync(1, "audit:read");
        var endpoint = (await owner.PostAsync("/api/v1/admin/endpoints", EditIntegrationTests.New(TestDatabase.Unique("e"), account))).ShouldBe(HttpStatusCode.Created).Header("Location");
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

        static Task<ApiAnswer> CallAsync(System.Text.Json.Nodes.JsonObject key) => new ApiClient($"{key["accessKey"]}").GetAsync("/api/v1/audit?size=1");
    }

    [Test]
    public async Task A_key_is_revoked_by_its_own_endpoint_only()
    {
        var owner = await Database.OwnerAsync();
        var (one, other) = (await AddEndpointAsync(), await AddEndpointAsync());
        var keyId = (await owner.PostAsync($"{one}/keys", "")).ShouldBe(HttpStatusCode.Created).Data["keyId"];

        (await owner.PostAsync($"{other}/keys/{keyId}/revoke", "")).ShouldFail(404, "key_not_found");
        (await owner.PostAsync($"{one}/keys/nothing/revoke", "")).ShouldFail(404, "key_not_found");
        (await owner.PostAsync($"/api/v1/admin/endpoints/nothing/keys/{keyId}/revoke", "")).ShouldFail(404, "endpoint_not_found");
        (await owner.PostAsync("/api/v1/admin/endpoints/nothing/keys", "")).ShouldFail(404, "endpoint_not_found");
        (await owner.GetAsync("/api/v1/admin/endpoints/nothing/keys")).ShouldFail(404, "endpoint_not_found");
        Assert.That((await owner.GetAsync($"{one}/keys?$filter=revokedAt eq null&$select=keyId")).Json["items"]!.ToJsonString(), Is.EqualTo($$"""[{"keyId":"{{keyId}}"}]"""));
    }

    [Test]
    public async Task At_most_ten_live_keys_are_made_however_many_are_asked_for_at_once()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await AddEndpointAsync();

        Assert.That((await owner.PostAsync($"{endpoint}/keys?dryRun=true", "")).ShouldBe(HttpStatusCode.OK).Text("outcome"), Is.EqualTo("created"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => owner.SendAsync(HttpMethod.Post, $"{endpoint}/keys", null)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(10));
        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Text("code") == "conflict"), Is.EqualTo(5));
    }

    [TestCase("""{"expiresAt":"2020-01-01T00:00:00Z"}""", "field_not_allowed")]
    [TestCase("""{"expiresAt":"2099-01-01T00:00:00"}""", "field_not_allowed")]
    [TestCase("""{"expiresAt":"tomorrow"}""", "field_not_allowed")]
    [TestCase("""{"expiresAt":1}""", "field_wrong_type")]
    [TestCase("""{"expiresAt":"2099-01-01T00:00:00Z","expiresAt":null}""", "duplicate_field")]
    [TestCase("""{"expiresat":"2099-01-01T00:00:00Z"}""", "unknown_field")]
    [TestCase("[]", "invalid_json")]
    [TestCase("{", "invalid_json")]
    public async Task Rubbish_makes_no_key(string body, string code)
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await AddEndpointAsync();

        (await owner.PostAsync($"{endpoint}/keys", body)).ShouldFail(400, code);
        (await owner.PostAsync($"{endpoint}/keys", "{}", ("Idempotency-Key", "k"))).ShouldFail(400, "invalid_parameter");
        (await owner.PostAsync($"{endpoint}/keys?dryrun=perhaps", "{}")).ShouldFail(400, "invalid_parameter");
        (await owner.SendAsync(HttpMethod.Post, $"{endpoint}/keys", new StringContent("x", Encoding.UTF8, "text/plain"))).ShouldFail(415, "unsupported_media_type");
        Assert.That((await owner.GetAsync($"{endpoint}/keys")).Json["total"]!.GetValue<int>(), Is.Zero);
    }

    private static async Task<string> AddEndpointAsync() =>
        (await (await Database.OwnerAsync()).PostAsync("/api/v1/admin/endpoints", EditIntegrationTests.New(TestDatabase.Unique("e"), await EditIntegrationTests.AddServiceAsync(), "::1")))
            .ShouldBe(HttpStatusCode.Created).Header("Location");
}
