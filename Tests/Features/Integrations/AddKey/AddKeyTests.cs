using System.Net;
using System.Text;
using CrmImport.Infrastructure.Auth;

namespace CrmImport.Tests.Features.Integrations.AddKey;

/// <summary>POST /api/v1/admin/endpoints/{id}/keys.</summary>
public sealed class AddKeyTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_key_is_shown_once_and_stored_as_its_hash()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await SampleEndpoint.AddAsync();

        var made = (await owner.PostAsync($"{endpoint}/keys", """{"expiresAt":"2099-01-01T01:00:00+01:00"}""")).ShouldBe(HttpStatusCode.Created);
        var (keyId, secret) = ($"{made.Data["keyId"]}", $"{made.Data["secret"]}");

        using (Assert.EnterMultipleScope())
        {
            Assert.That(AccessKeys.TryParse($"{made.Data["accessKey"]}", out var parsed, out _, out var whole) && parsed == keyId && whole == secret);
            Assert.That(made.Header("Cache-Control"), Is.EqualTo("no-store"));
            Assert.That($"{made.Data["expiresAt"]}", Is.EqualTo("2099-01-01T00:00:00Z"));
            Assert.That(AccessKeys.IsHashOf(secret, await Database.QueryAsync<byte[]>("select secret_hash from access_key where key_id = @keyId", new { keyId })));
            Assert.That(await Database.QueryAsync<string>("select outcome || changes from audit_entry where record_type = 'access_key' and record_ref = @keyId", new { keyId }),
                Does.StartWith("created").And.Not.Contain(secret));
        }
    }

    [Test]
    public async Task An_endpoint_that_is_not_there_gets_no_key() =>
        (await (await Database.OwnerAsync()).PostAsync("/api/v1/admin/endpoints/nothing/keys", "")).ShouldFail(404, "endpoint_not_found");

    [Test]
    public async Task At_most_ten_live_keys_are_made_however_many_are_asked_for_at_once()
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await SampleEndpoint.AddAsync();

        Assert.That((await owner.PostAsync($"{endpoint}/keys?dryRun=true", "")).ShouldBe(HttpStatusCode.OK).Text("outcome"), Is.EqualTo("created"));
        var answers = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => owner.SendAsync(HttpMethod.Post, $"{endpoint}/keys", null)));

        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Created), Is.EqualTo(10));
        Assert.That(answers.Count(answer => answer.Status == HttpStatusCode.Conflict && answer.Text("code") == "conflict"), Is.EqualTo(5));
    }

    [TestCase("""{"expiresAt":"2020-01-01T00:00:00Z"}""", "field_not_allowed")]
    [TestCase("""{"expiresAt":"01/01/2099"}""", "field_not_allowed")]
    [TestCase("""{"expiresAt":"tomorrow"}""", "field_not_allowed")]
    [TestCase("""{"expiresAt":1}""", "field_wrong_type")]
    [TestCase("""{"expiresAt":"2099-01-01T00:00:00Z","expiresAt":null}""", "duplicate_field")]
    [TestCase("""{"expiresat":"2099-01-01T00:00:00Z"}""", "unknown_field")]
    [TestCase("[]", "invalid_json")]
    [TestCase("{", "invalid_json")]
    public async Task Rubbish_makes_no_key(string body, string code)
    {
        var owner = await Database.OwnerAsync();
        var endpoint = await SampleEndpoint.AddAsync();

        (await owner.PostAsync($"{endpoint}/keys", body)).ShouldFail(400, code);
        (await owner.PostAsync($"{endpoint}/keys", "{}", ("Idempotency-Key", "k"))).ShouldFail(400, "invalid_parameter");
        (await owner.PostAsync($"{endpoint}/keys?dryrun=perhaps", "{}")).ShouldFail(400, "invalid_parameter");
        (await owner.SendAsync(HttpMethod.Post, $"{endpoint}/keys", new StringContent("x", Encoding.UTF8, "text/plain"))).ShouldFail(415, "unsupported_media_type");
        Assert.That((await owner.GetAsync($"{endpoint}/keys")).Json["total"]!.GetValue<int>(), Is.Zero);
    }
}
