using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Auth;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>Tokens of an identity provider: good for the account they name, in the database that accepts them, and for nothing else.</summary>
public sealed class ProviderTokenTests
{
    private const string Page = "/api/v1/contacts?size=1";

    [Test]
    public async Task A_token_of_the_provider_lets_its_account_call_with_the_account_s_rights()
    {
        await using var provider = await TestProvider.StartAsync();
        await using var service = await GuardedService.StartAsync(provider.Settings);
        var opId = await service.Database.AddOperatorAsync(1, "contact:read", "client:add");
        var caller = new ApiClient(await provider.IssueAsync(opId), service.Url);

        Assert.That((await caller.GetAsync("/api/v1/User/currentPrincipal")).ShouldBe(HttpStatusCode.OK).Text("Associate"), Is.EqualTo(opId));
        (await caller.GetAsync(Page)).ShouldBe(HttpStatusCode.OK);
        (await caller.GetAsync("/api/v1/audit")).ShouldFail(403, "forbidden");
        (await caller.PutAsync("/api/v1/clients/oidc", new JsonObject())).ShouldBe(HttpStatusCode.Created);
        (await caller.PostAsync("/api/v1/auth/logout", "{}")).ShouldFail(403, "forbidden");
        Assert.That(await service.Database.QueryAsync<string>("select account from audit_entry where client_ref = 'oidc'"), Is.EqualTo(opId));
        Assert.That((await new ApiClient(url: service.Url).GetAsync(Page, ("OS_REST_AUTH_TOKEN", await provider.IssueAsync(opId)))).Status, Is.EqualTo(HttpStatusCode.OK));

        await service.Database.ExecuteAsync("update account set active = false where op_id = @opId", new { opId });
        Assert.That(async () => (await caller.GetAsync(Page)).Text("result_msg"), Does.StartWith("The token is valid, but no active account").After(5000, 50));
        (await caller.GetAsync(Page)).ShouldFail(401, "not_authenticated");
    }

    [TestCase("realm_access.roles", """{"realm_access":{"roles":["contact:read","offline_access"]}}""", """{"realm_access":["contact:read"]}""", """{"realm_access":{"roles":["audit:read"]}}""", "{}")]
    [TestCase("https://crm.example/scope", """{"https://crm.example/scope":"openid contact:read"}""", """{"https://crm.example/scope":[1,null,{"contact:read":1}]}""", """{"https://crm.example/scope":{"contact:read":true}}""")]
    public async Task A_permissions_claim_counts_in_place_of_the_account_s_rights(string claim, string allowing, params string[] refusing)
    {
        await using var provider = await TestProvider.StartAsync();
        await using var service = await GuardedService.StartAsync([.. provider.Settings, ("Oidc:Databases:{database}:PermissionsClaim", claim)]);
        var owner = await service.Database.AddOperatorAsync(10);

        (await CallAsync(allowing, Page)).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(allowing, "/api/v1/admin/accounts")).ShouldFail(403, "forbidden");
        foreach (var claims in refusing)
        {
            (await CallAsync(claims, Page)).ShouldFail(403, "forbidden");
        }

        Task<ApiAnswer> CallAsync(string claims, string path) => new ApiClient(
            provider.Forge(owner, JsonNode.Parse(claims)!.AsObject().ToDictionary(member => member.Key, member => (object?)System.Text.Json.JsonSerializer.SerializeToElement(member.Value))), service.Url).GetAsync(path);
    }

    private static IEnumerable<(string What, Func<TestProvider, string, string> Forge, bool IsGood)> Forgeries()
    {
        yield return Case("as issued", (provider, opId) => provider.Forge(opId), true);
        yield return Case("typ JWT", (provider, opId) => provider.Forge(opId, header: new() { ["typ"] = "JWT" }), true);
        yield return Case("typ Bearer in the payload", (provider, opId) => provider.Forge(opId, new() { ["typ"] = "Bearer" }), true);
        yield return Case("several audiences", (provider, opId) => provider.Forge(opId, new() { ["aud"] = new[] { "account", "crm" } }), true);
        yield return Case("expired within the skew", (provider, opId) => provider.Forge(opId, new() { ["exp"] = Now(-10) }), true);
        yield return Case("PS256", (provider, opId) => provider.Forge(opId, signing: new(provider.Key, SecurityAlgorithms.RsaSsaPssSha256)), true);
        yield return Case("expired", (provider, opId) => provider.Forge(opId, new() { ["exp"] = Now(-61) }));
        yield return Case("not yet valid", (provider, opId) => provider.Forge(opId, new() { ["nbf"] = Now(90) }));
        yield return Case("without an end", (provider, opId) => provider.Forge(opId, new() { ["exp"] = null }));
        yield return Case("another issuer", (provider, opId) => provider.Forge(opId, new() { ["iss"] = provider.Issuer.TrimEnd('/') }));
        yield return Case("another audience", (provider, opId) => provider.Forge(opId, new() { ["aud"] = "CRM" }));
        yield return Case("no audience", (provider, opId) => provider.Forge(opId, new() { ["aud"] = null }));
        yield return Case("another's key under the same id", (provider, opId) => provider.Forge(opId, signing: new(TestProvider.NewKey(TestProvider.KeyId), SecurityAlgorithms.RsaSha256)));
        yield return Case("an unknown key", (provider, opId) => provider.Forge(opId, signing: new(TestProvider.NewKey("other"), SecurityAlgorithms.RsaSha256)));
        yield return Case("RS512", (provider, opId) => provider.Forge(opId, signing: new(provider.Key, SecurityAlgorithms.RsaSha512)));
        yield return Case("HS256 with the public key as the secret", (provider, opId) => provider.Forge(opId, signing: new(
            new SymmetricSecurityKey(Encoding.ASCII.GetBytes(provider.Key.Rsa.ExportSubjectPublicKeyInfoPem())) { KeyId = TestProvider.KeyId }, SecurityAlgorithms.HmacSha256)));
        yield return Case("alg none", (provider, opId) => $"{Encode($$"""{"alg":"none","typ":"at+jwt","kid":"{{TestProvider.KeyId}}"}""")}.{provider.Forge(opId).Split('.')[1]}.");
        yield return Case("no signature", (provider, opId) => string.Join('.', provider.Forge(opId).Split('.')[..2]) + ".");
        yield return Case("changed", (provider, opId) => Swap(provider.Forge("nobody"), provider.Forge(opId)));
        yield return Case("typ ID in the payload", (provider, opId) => provider.Forge(opId, new() { ["typ"] = "ID" }));
        yield return Case("a logout token", (provider, opId) => provider.Forge(opId, header: new() { ["typ"] = "logout+jwt" }));
        yield return Case("bound to a key", (provider, opId) => provider.Forge(opId, new() { ["cnf"] = new Dictionary<string, object> { ["jkt"] = "x" } }));
        yield return Case("critical headers", (provider, opId) => provider.Forge(opId, header: new() { ["crit"] = new[] { "exp" } }));
        yield return Case("no account's claim", (provider, opId) => provider.Forge(opId, new() { ["sub"] = null }));
        yield return Case("a number as the account", (provider, opId) => provider.Forge(opId, new() { ["sub"] = 1 }));
        yield return Case("the account in another case", (provider, opId) => provider.Forge(opId.ToLowerInvariant()));
        yield return Case("a NUL in the account", (provider, opId) => provider.Forge(opId + "\0"));
        yield return Case("too long", (provider, opId) => provider.Forge(opId, new() { ["x"] = new string('x', 16_384) }));

        static long Now(int seconds) => DateTimeOffset.UtcNow.ToUnixTimeSeconds() + seconds;
        static string Encode(string text) => Base64UrlEncoder.Encode(text);
        static string Swap(string signed, string other) => string.Join('.', signed.Split('.')[0], other.Split('.')[1], signed.Split('.')[2]);
        static (string, Func<TestProvider, string, string>, bool) Case(string what, Func<TestProvider, string, string> forge, bool isGood = false) => (what, forge, isGood);
    }

    [Test]
    public async Task Only_a_sound_token_of_the_provider_is_accepted()
    {
        await using var provider = await TestProvider.StartAsync();
        await using var service = await GuardedService.StartAsync(provider.Settings);
        var opId = await service.Database.AddOperatorAsync(10);

        using (Assert.EnterMultipleScope())
        {
            foreach (var (what, forge, isGood) in Forgeries())
            {
                var answer = await new ApiClient(forge(provider, opId), service.Url).GetAsync(Page);
                Assert.That($"{(int)answer.Status} {answer.Json["code"]}", Is.EqualTo(isGood ? "200 " : "401 not_authenticated"), $"{what}: {answer.Body}");
            }

            Assert.That(provider.Discoveries, Is.EqualTo(1));
        }
    }

    [Test]
    public async Task A_key_the_service_does_not_know_is_asked_for_once_in_five_minutes()
    {
        await using var provider = await TestProvider.StartAsync();
        await using var service = await GuardedService.StartAsync(provider.Settings);
        var opId = await service.Database.AddOperatorAsync(10);
        (await CallAsync(provider.Forge(opId))).ShouldBe(HttpStatusCode.OK);

        provider.ChangeKey(TestProvider.NewKey("second"));
        foreach (var stranger in Enumerable.Range(0, 5).Select(i => provider.Forge(opId, signing: new(TestProvider.NewKey($"{i}"), SecurityAlgorithms.RsaSha256))).Append(provider.Forge(opId)))
        {
            (await CallAsync(stranger)).ShouldFail(401, "not_authenticated");
        }

        Assert.That(provider.Discoveries, Is.EqualTo(1));
        service.Clock.Advance(ProviderKeys.MinInterval);
        Assert.That((await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => CallAsync(provider.Forge(opId))))).Select(answer => answer.Status), Is.All.EqualTo(HttpStatusCode.OK));
        Assert.That(provider.Discoveries, Is.EqualTo(2));

        Task<ApiAnswer> CallAsync(string token) => new ApiClient(token, service.Url).GetAsync(Page);
    }

    [Test]
    public async Task While_the_provider_is_away_known_keys_go_on_and_unknown_ones_are_503_until_it_is_back()
    {
        await using var provider = await TestProvider.StartAsync();
        await using var service = await GuardedService.StartAsync(provider.Settings);
        var opId = await service.Database.AddOperatorAsync(10);
        var caller = new ApiClient(provider.Forge(opId), service.Url);

        provider.IsAway = true;
        Assert.That((await caller.GetAsync(Page)).ShouldFail(503, "identity_provider_unavailable").Header("Retry-After"), Is.EqualTo("10"));
        (await caller.GetAsync(Page)).ShouldFail(503, "identity_provider_unavailable");
        Assert.That(provider.Discoveries, Is.EqualTo(1));

        provider.IsAway = false;
        service.Clock.Advance(ProviderKeys.RetryInterval);
        (await caller.GetAsync(Page)).ShouldBe(HttpStatusCode.OK);

        provider.IsAway = true;
        service.Clock.Advance(ProviderKeys.MaxAge);
        (await caller.GetAsync(Page)).ShouldBe(HttpStatusCode.OK);
        service.Clock.Advance(ProviderKeys.MaxAge);
        (await caller.GetAsync(Page)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Keys_from_a_file_need_no_provider()
    {
        var (rsa, ec) = (TestProvider.NewKey("rsa"), new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "ec" });
        var weak = TestProvider.NewKey("weak", 1024);
        var shared = new SymmetricSecurityKey(RandomNumberGenerator.GetBytes(32)) { KeyId = "shared" };
        var file = Path.GetTempFileName();
        try
        {
            var keys = new[] { JsonWebKeyConverter.ConvertFromRSASecurityKey(rsa), JsonWebKeyConverter.ConvertFromECDsaSecurityKey(ec), JsonWebKeyConverter.ConvertFromRSASecurityKey(weak), JsonWebKeyConverter.ConvertFromSymmetricSecurityKey(shared) };
            await File.WriteAllTextAsync(file, System.Text.Json.JsonSerializer.Serialize(new { keys = keys.Select(key => new { kty = key.Kty, kid = key.Kid, n = key.N, e = key.E, crv = key.Crv, x = key.X, y = key.Y, k = key.K }) }));
            await using var provider = await TestProvider.StartAsync();
            await using var service = await GuardedService.StartAsync([.. provider.Settings, ("Oidc:Databases:{database}:JwksFile", file)]);
            var opId = await service.Database.AddOperatorAsync(10);

            foreach (var (signing, status) in new[]
            {
                (new SigningCredentials(rsa, SecurityAlgorithms.RsaSha256), HttpStatusCode.OK),
                (new(ec, SecurityAlgorithms.EcdsaSha256), HttpStatusCode.OK),
                (new(weak, SecurityAlgorithms.RsaSha256), HttpStatusCode.Unauthorized),
                (new(shared, SecurityAlgorithms.HmacSha256), HttpStatusCode.Unauthorized),
                (new(provider.Key, SecurityAlgorithms.RsaSha256), HttpStatusCode.Unauthorized),
            })
            {
                Assert.That((await new ApiClient(provider.Forge(opId, signing: signing), service.Url).GetAsync(Page)).Status, Is.EqualTo(status), signing.Kid);
            }

            Assert.That(provider.Discoveries, Is.Zero);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Test]
    public async Task A_token_is_for_the_databases_that_accept_it_and_the_header_chooses_among_them()
    {
        await using var provider = await TestProvider.StartAsync();
        var other = $"cv_other_{Guid.NewGuid().ToString("N")[..8]}";
        var third = $"cv_third_{Guid.NewGuid().ToString("N")[..8]}";
        await using var service = await GuardedService.StartAsync(
            [.. provider.Settings, .. await BesideAsync(other), ($"Oidc:Databases:{other}:Issuer", provider.Issuer), ($"Oidc:Databases:{other}:Audience", TestProvider.Audience), .. await BesideAsync(third)]);
        var opId = await service.Database.AddOperatorAsync(10);
        var caller = new ApiClient(provider.Forge(opId), service.Url);

        (await caller.GetAsync(Page)).ShouldFail(400, "database_required");
        (await caller.GetAsync(Page, ("x-database", service.Database.Name))).ShouldBe(HttpStatusCode.OK);
        (await caller.GetAsync($"/{service.Database.Name}{Page}")).ShouldBe(HttpStatusCode.OK);
        (await caller.GetAsync(Page, ("x-database", other))).ShouldFail(401, "not_authenticated"); // there is no such account there
        (await caller.GetAsync(Page, ("x-database", third))).ShouldFail(401, "not_authenticated");
        (await caller.GetAsync(Page, ("x-database", "cv_nosuch"))).ShouldFail(401, "not_authenticated");

        static async Task<(string, string)[]> BesideAsync(string name) => [($"Databases:{name}", await ServiceUnderTest.CreateDatabaseAsync(name))];
    }

    [Test]
    public async Task A_service_account_calls_from_where_its_active_endpoints_allow_it()
    {
        await using var provider = await TestProvider.StartAsync();
        await using var service = await GuardedService.StartAsync(provider.Settings);
        var opId = await service.Database.AddAccountAsync("service", 1, "contact:read");
        var caller = new ApiClient(provider.Forge(opId), service.Url);

        (await caller.GetAsync(Page)).ShouldFail(403, "address_not_allowed");
        var key = await service.Database.AddKeyAsync(opId, "127.0.0.9");
        (await caller.GetAsync(Page, (GuardedService.PeerHeader, "127.0.0.8"))).ShouldFail(403, "address_not_allowed");
        (await caller.GetAsync(Page, (GuardedService.PeerHeader, "127.0.0.9"))).ShouldBe(HttpStatusCode.OK);

        var owner = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        (await owner.PatchAsync($"/api/v1/admin/endpoints/{key.EndpointId}", """{"active":false}""")).ShouldBe(HttpStatusCode.OK);
        (await caller.GetAsync(Page, (GuardedService.PeerHeader, "127.0.0.9"))).ShouldFail(403, "address_not_allowed");
        Assert.That((await owner.GetAsync($"/api/v1/audit?outcome=refused&account={opId}")).ShouldBe(HttpStatusCode.OK).Body, Does.Contain("address_not_allowed"));
    }

    [TestCase("Issuer", "login.example.com")]
    [TestCase("Issuer", "http://login.example.com")]
    [TestCase("Issuer", "https://login.example.com?x=1")]
    [TestCase("Issuer", "")]
    [TestCase("Audience", "")]
    [TestCase("AccountClaim", "")]
    [TestCase("JwksFile", "/nowhere/keys.json")]
    [TestCase("Isuer", "x")]
    public void Settings_that_cannot_be_are_named(string setting, string value)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Oidc:Databases:cv_masterdb:Issuer"] = "https://login.example.com",
            ["Oidc:Databases:cv_masterdb:Audience"] = "crm",
            [$"Oidc:Databases:cv_masterdb:{setting}"] = value,
        };
        Assert.That(FaultsOf(settings), Has.Count.EqualTo(1).And.All.Contains($"Oidc:Databases:cv_masterdb:{setting}").And.All.EndsWith("."));
    }

    [Test]
    public void Names_that_are_no_database_s_and_values_where_sections_belong_are_named()
    {
        Assert.That(FaultsOf(new() { ["Oidc:Databases:master:Issuer"] = "https://login.example.com", ["Oidc:Databases:master:Audience"] = "crm" }), Has.Count.EqualTo(1).And.All.Contains("Oidc:Databases:master"));
        Assert.That(FaultsOf(new() { ["Oidc:Databases"] = "x" }), Has.Count.EqualTo(1).And.All.Contains("Oidc:Databases is a section"));
        Assert.That(FaultsOf(new() { ["Oidc:Databases:cv_masterdb"] = "x" }), Has.Count.GreaterThan(0).And.All.Contains("Oidc:Databases:cv_masterdb"));
    }

    private static IReadOnlyList<string> FaultsOf(Dictionary<string, string?> settings) => OidcOptions.FaultsOf(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
}
