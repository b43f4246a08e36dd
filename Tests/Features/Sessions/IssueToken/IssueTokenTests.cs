using System.Net;
using System.Text;

namespace CrmImport.Tests.Features.Sessions.IssueToken;

/// <summary>OAuth 2.0 client credentials with an access key: the token stands for the key, and for nothing more.</summary>
public sealed class IssueTokenTests
{
    private const string Path = "/oauth/token";
    private const string Grant = "grant_type=client_credentials";

    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase(true)]
    [TestCase(false)]
    public async Task A_key_s_id_and_secret_are_exchanged_for_a_token_with_the_key_s_rights(bool byBasic)
    {
        var key = await Database.AddKeyAsync(1, ["contact:read"]);

        var issued = (await AskAsync(key, byBasic)).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(issued.Json.Select(member => member.Key), Is.EqualTo(new[] { "access_token", "token_type", "expires_in", "scope" }.Take(byBasic ? 3 : 4)), "a scope is answered where one is asked for");
            Assert.That($"{issued.Json["token_type"]} {issued.Json["expires_in"]}", Is.EqualTo("Bearer 900"));
            Assert.That((issued.Header("Cache-Control"), issued.Header("Pragma")), Is.EqualTo(("no-store", "no-cache")));
            Assert.That(issued.Text("access_token"), Does.Not.Contain(key.Secret));
        }

        var caller = new ApiClient(issued.Text("access_token"));
        Assert.That((await caller.GetAsync("/api/v1/User/currentPrincipal")).ShouldBe(HttpStatusCode.OK).Text("Associate"), Is.EqualTo(key.OpId));
        (await caller.GetAsync("/api/v1/contacts?size=1")).ShouldBe(HttpStatusCode.OK);
        (await caller.GetAsync("/api/v1/clients?size=1")).ShouldBe(HttpStatusCode.OK);
        (await caller.PostAsync("/api/v1/clients", """{"clientRef":"x"}""")).ShouldFail(403, "forbidden");
        (await caller.GetAsync("/api/v1/contacts", ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "not_authenticated");
        (await ApiClient.Anonymous.GetAsync("/api/v1/contacts?size=1", ("OS_REST_AUTH_TOKEN", issued.Text("access_token")))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_scope_is_answered_with_what_the_token_permits_and_another_database_or_client_id_is_refused()
    {
        var key = await Database.AddKeyAsync(1, ["contact:read", "contact:add"]);
        var form = $"{Grant}&client_id={key.KeyId}&client_secret={key.Secret}";

        Assert.That((await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form($"{form}&scope=anything"))).ShouldBe(HttpStatusCode.OK).Text("scope"), Is.EqualTo("contact:read contact:add"));
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, $"/{Database.Name}{Path}", Form(form))).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(form), ("x-database", Database.Name))).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(form), ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "not_authenticated");
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, $"/{ServiceUnderTest.B.Name}{Path}", Form(form))).ShouldFail(401, "not_authenticated");
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(form), ("x-database", "cv_nosuch"))).ShouldFail(401, "not_authenticated");
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&client_id=another"), Basic(key))).ShouldFail(400, "invalid_parameter");
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&client_id={key.KeyId}"), Basic(key))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_token_ends_with_its_key()
    {
        var key = await Database.AddKeyAsync();
        var caller = new ApiClient((await AskAsync(key, true)).Text("access_token"));
        (await caller.GetAsync("/api/v1/contacts?size=1")).ShouldBe(HttpStatusCode.OK);

        var owner = await Database.OwnerAsync();
        (await owner.PostAsync($"/api/v1/admin/endpoints/{key.EndpointId}/keys/{key.KeyId}/revoke", "{}")).ShouldBe(HttpStatusCode.OK);

        (await caller.GetAsync("/api/v1/contacts?size=1")).ShouldFail(401, "not_authenticated");
        Assert.That((await AskAsync(key, true)).ShouldFail(401, "not_authenticated").Text("error"), Is.EqualTo("invalid_client"));
    }

    [Test]
    public async Task A_token_lives_no_longer_than_its_key()
    {
        var key = await Database.AddKeyAsync();
        await Database.ExecuteAsync("update access_key set expires_at = now() + interval '100 seconds' where key_id = @KeyId", new { key.KeyId });
        Assert.That((int)(await AskAsync(key, false)).ShouldBe(HttpStatusCode.OK).Json["expires_in"]!, Is.InRange(80, 100));
    }

    [Test]
    public async Task The_endpoint_s_addresses_count_for_the_token_too()
    {
        await using var service = await GuardedService.StartAsync(("Proxies:Trusted:0", "10.0.0.0/8"));
        var key = await service.Database.AddKeyAsync(await service.Database.AddAccountAsync("service", 10), "192.0.2.0/24");
        var client = new ApiClient(url: service.Url);
        (string, string) outside = (GuardedService.PeerHeader, "127.0.0.1");

        var refused = await client.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&client_id={key.KeyId}&client_secret={key.Secret}"), outside);
        Assert.That(refused.ShouldFail(403, "address_not_allowed").Text("error"), Is.EqualTo("unauthorized_client"));

        var owner = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        (await owner.PatchAsync($"/api/v1/admin/endpoints/{key.EndpointId}", """{"allowedAddresses":["127.0.0.0/8","::1"]}""")).ShouldBe(HttpStatusCode.OK);
        var token = (await client.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&client_id={key.KeyId}&client_secret={key.Secret}"), outside)).ShouldBe(HttpStatusCode.OK).Text("access_token");
        var caller = new ApiClient(token, service.Url);
        (await caller.GetAsync("/api/v1/contacts", outside)).ShouldBe(HttpStatusCode.OK);
        (await owner.PatchAsync($"/api/v1/admin/endpoints/{key.EndpointId}", """{"allowedAddresses":["192.0.2.0/24"]}""")).ShouldBe(HttpStatusCode.OK);
        (await caller.GetAsync("/api/v1/contacts", outside)).ShouldFail(403, "address_not_allowed");
    }

    [TestCase("grant_type=password&client_id=a&client_secret=b", 400, "unsupported_grant_type")]
    [TestCase("client_id=a&client_secret=b", 400, "invalid_request")]
    [TestCase(Grant, 400, "invalid_request")]
    [TestCase($"{Grant}&client_id=a", 400, "invalid_request")]
    [TestCase($"{Grant}&{Grant}&client_id=a&client_secret=b", 400, "invalid_request")]
    [TestCase($"{Grant}&client_id=a&client_secret=b", 401, "invalid_client")]
    [TestCase($"{Grant}&client_id=cv_nosuch.0123456789abcdef&client_secret=b", 401, "invalid_client")]
    [TestCase($"{Grant}&client_id=%00&client_secret=%ff", 400, "invalid_request")]
    [TestCase("", 400, "invalid_request")]
    public async Task What_is_wrong_is_refused_in_OAuth_s_words_and_in_the_envelope(string form, int status, string error)
    {
        var answer = await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(form));

        answer.ShouldFail(status, status == 401 ? "not_authenticated" : "invalid_parameter");
        Assert.That((answer.Text("error"), answer.Text("error_description")), Is.EqualTo((error, answer.Text("result_msg"))));
    }

    [TestCase("Basic !", 401)]
    [TestCase("Basic YTpi", 401)]
    [TestCase("Basic YQ==", 401)]
    [TestCase("Bearer x", 401)]
    [TestCase("", 400)]
    public async Task A_wrong_Authorization_is_refused(string authorization, int status)
    {
        var answer = await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(Grant), authorization.Length == 0 ? [] : [("Authorization", authorization)]);
        Assert.That((int)answer.Status, Is.EqualTo(status), answer.Body);
        Assert.That(answer.Header("WWW-Authenticate"), status == 401 ? Does.Contain("Basic") : Is.Empty);
    }

    [Test]
    public async Task Another_media_type_and_a_long_form_are_refused()
    {
        var key = await Database.AddKeyAsync();
        Assert.That((await ApiClient.Anonymous.PostAsync(Path, "{}")).ShouldFail(415, "unsupported_media_type").Text("error"), Is.EqualTo("invalid_request"));
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&x={new string('x', 20_000)}"))).ShouldFail(400, "invalid_parameter");
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(string.Join('&', Enumerable.Range(0, 100).Select(i => $"p{i}=1"))))).ShouldFail(400, "invalid_parameter");
        Assert.That((await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&client_secret=x"), Basic(key))).ShouldFail(400, "invalid_parameter").Text("error"), Is.EqualTo("invalid_request"));
    }

    [TestCase("application/x-www-form-urlencoded; charset=utf-7", 400, "invalid_parameter")]
    [TestCase("application/x-www-form-urlencoded; charset=nonsense", 400, "invalid_parameter")]
    [TestCase("multipart/form-data", 415, "unsupported_media_type")]
    [TestCase("multipart/form-data; boundary=x", 415, "unsupported_media_type")]
    [TestCase("nonsense", 415, "unsupported_media_type")]
    public async Task A_form_that_cannot_be_read_is_refused(string mediaType, int status, string code)
    {
        var form = new ByteArrayContent(Encoding.ASCII.GetBytes("grant_type"));
        form.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        (await ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, form)).ShouldFail(status, code);
    }

    [Test]
    public async Task The_metadata_leads_to_the_token()
    {
        var metadata = (await ApiClient.Anonymous.GetAsync("/.well-known/oauth-authorization-server")).ShouldBe(HttpStatusCode.OK).Json;
        var root = ServiceUnderTest.Url.ToString().TrimEnd('/');
        Assert.That(metadata.ToJsonString(), Is.EqualTo(
            $$"""{"issuer":"{{root}}","token_endpoint":"{{root}}/oauth/token","token_endpoint_auth_methods_supported":["client_secret_basic","client_secret_post"],"grant_types_supported":["client_credentials"],"response_types_supported":[],"service_documentation":"{{root}}/docs"}"""));
    }

    private static Task<ApiAnswer> AskAsync(TestKey key, bool byBasic) => byBasic
        ? ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form(Grant), Basic(key))
        : ApiClient.Anonymous.SendAsync(HttpMethod.Post, Path, Form($"{Grant}&client_id={key.KeyId}&client_secret={key.Secret}&scope=ignored"));

    private static (string, string) Basic(TestKey key) =>
        ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(key.KeyId)}:{Uri.EscapeDataString(key.Secret)}"))}");

    private static StringContent Form(string form) => new(form, Encoding.ASCII, "application/x-www-form-urlencoded");
}
