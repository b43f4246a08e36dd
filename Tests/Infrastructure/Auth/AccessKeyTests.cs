using System.Net;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>Access keys of service accounts, in every way they are sent (sources: Neoserra, SuperOffice).</summary>
public sealed class AccessKeyTests
{
    private const string Path = "/api/v1/User/currentPrincipal";

    private static readonly string[] Loopback = ["127.0.0.0/8", "::1"];

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public void A_key_names_its_database_and_is_taken_apart_as_it_was_made()
    {
        var key = AccessKeys.Generate("cv_demodb");

        Assert.That(key.AccessKey, Does.Match("^crmk\\.cv_demodb\\.[0-9a-f]{16}\\.[A-Za-z0-9_-]{43}$").And.EqualTo($"{AccessKeys.PrefixOf(key.KeyId)}.{key.Secret}"));
        Assert.That(AccessKeys.TryParse(key.AccessKey, out var keyId, out var database, out var secret));
        Assert.That((keyId, database, secret), Is.EqualTo((key.KeyId, "cv_demodb", key.Secret)));
        Assert.That(AccessKeys.IsHashOf(key.Secret, key.SecretHash));
        Assert.That(AccessKeys.IsHashOf(AccessKeys.Generate("cv_demodb").Secret, key.SecretHash), Is.False);
    }

    [Test]
    public async Task A_key_is_taken_in_every_way_it_is_sent()
    {
        var key = await Database.AddKeyAsync();

        foreach (var headers in WaysToSend(key))
        {
            var answer = (await CallAsync(headers)).ShouldBe(HttpStatusCode.OK);
            Assert.That($"{answer.Text("Associate")} {answer.Text("UserType")} {answer.Text("DatabaseContextIdentifier")}", Is.EqualTo($"{key.OpId} service {Database.Name}"));
        }

        (await CallAsync(key.Header, ("x-database", Database.Name))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync([.. key.Ticket, key.Header, ("OS_REST_AUTH_TOKEN", key.AccessKey)])).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task A_wrong_secret_or_id_opens_nothing_in_any_way_it_is_sent()
    {
        var (key, other, token) = (await Database.AddKeyAsync(), await Database.AddKeyAsync(), (await TestSession.OpenAsync(Database)).AccessToken);
        (await CallAsync(key.Header)).ShouldBe(HttpStatusCode.OK); // and so it is remembered
        TestKey[] wrong =
        [
            Changed(key, key.KeyId, other.Secret), Changed(key, key.KeyId, key.Secret[..^1]), Changed(key, key.KeyId, $"{key.Secret}A"), Changed(key, key.KeyId, ""), Changed(key, key.KeyId, new string('é', 43)),
            Changed(key, AccessKeys.Generate(Database.Name).KeyId, key.Secret), Changed(key, key.KeyId.ToUpperInvariant(), key.Secret), Changed(key, key.KeyId[..^1], key.Secret),
            Changed(key, $"{ServiceUnderTest.B.Name}.{key.KeyId[^16..]}", key.Secret), Changed(key, $"cv_nosuchdatabase.{key.KeyId[^16..]}", key.Secret), Changed(key, $"x'; drop table access_key; --.{key.KeyId[^16..]}", key.Secret),
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach (var headers in wrong.Where(attempt => attempt.AccessKey.All(char.IsAscii)).SelectMany(WaysToSend))
            {
                ShouldAskForACredential(await CallAsync(headers));
            }

            ShouldAskForACredential(await CallAsync(("X-Access-Key", token)));
            ShouldAskForACredential(await CallAsync(("X-Access-Key", key.Secret)));
            ShouldAskForACredential(await CallAsync(("X-Access-Key", "")));
            ShouldAskForACredential(await CallAsync(("Authorization", $"SOTicket {key.KeyId}")));
            ShouldAskForACredential(await CallAsync(("SO-AppToken", key.Secret)));
            ShouldAskForACredential(await CallAsync(("Authorization", $"SOTicket {token}"), ("SO-AppToken", key.Secret)));
            ShouldAskForACredential(await CallAsync(("Authorization", $"SOTicket {key.AccessKey}"), ("SO-AppToken", key.Secret)));
        }

        static TestKey Changed(TestKey key, string keyId, string secret) => key with { KeyId = keyId, Secret = secret, AccessKey = $"crmk.{keyId}.{secret}" };
    }

    [Test]
    public async Task Credentials_that_disagree_are_none_and_those_that_agree_are_one()
    {
        var (key, other, session) = (await Database.AddKeyAsync(), await Database.AddKeyAsync(), await TestSession.OpenAsync(Database));
        (string, string) bearer = ("Authorization", $"Bearer {session.AccessToken}");

        using (Assert.EnterMultipleScope())
        {
            ShouldAskForACredential(await CallAsync(key.Bearer, other.Header));
            ShouldAskForACredential(await CallAsync([.. key.Ticket, other.Header]));
            ShouldAskForACredential(await CallAsync(bearer, key.Header));
            ShouldAskForACredential(await CallAsync(bearer, ("X-Access-Key", "x")));
            ShouldAskForACredential(await CallAsync(key.Header, ("OS_REST_AUTH_TOKEN", session.AccessToken)));
            ShouldAskForACredential(await CallAsync(key.Header, ("Authorization", "Digest x")));
            ShouldAskForACredential(await CallAsync(key.Header, ("Authorization", "Basic T1dOOm93bg==")));
            ShouldAskForACredential(await CallAsync(key.Header, ("Authorization", $"SOTicket {key.KeyId}")));
            foreach (var (name, value) in new[] { key.Header, key.Bearer, ("OS_REST_AUTH_TOKEN", key.AccessKey) })
            {
                ShouldAskForACredential(await new RawRequest($"GET {Path}").Header(name, value).Header(name, value).SendAsync());
            }

            ShouldAskForACredential(await new RawRequest($"GET {Path}").Header("Authorization", $"SOTicket {key.KeyId}").Header("SO-AppToken", key.Secret).Header("SO-AppToken", key.Secret).SendAsync());
            (await CallAsync(bearer, ("SO-AppToken", "an application's own"))).ShouldBe(HttpStatusCode.OK);
            (await CallAsync(("Authorization", $"soticket {key.KeyId}"), ("SO-AppToken", key.Secret))).ShouldBe(HttpStatusCode.OK);
            (await CallAsync(bearer, ("OS_REST_AUTH_TOKEN", session.AccessToken))).ShouldBe(HttpStatusCode.OK);
        }
    }

    private static IEnumerable<TestCaseData> Endings()
    {
        yield return Case("the key is revoked", "update access_key set revoked_at = now(), revoked_by = 'test' where key_id = @KeyId");
        yield return Case("the key has expired", "update access_key set expires_at = now() - interval '1 second' where key_id = @KeyId");
        yield return Case("the key is deleted", "delete from access_key where key_id = @KeyId");
        yield return Case("the endpoint is deactivated", "update endpoint set active = false where endpoint_id = @EndpointId");
        yield return Case("the account is deactivated", "update account set active = false where op_id = @OpId");
        yield return Case("the account is of another kind", "update account set kind = 'api' where op_id = @OpId");

        static TestCaseData Case(string name, string sql) => new TestCaseData(sql).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Endings))]
    public async Task A_key_ends_as_soon_as_the_service_hears_of_it_when(string sql)
    {
        var key = await Database.AddKeyAsync();
        (await CallAsync(key.Header)).ShouldBe(HttpStatusCode.OK);

        await Database.ExecuteAsync(sql, key);

        ShouldAskForACredential(await ServiceProcess.UntilAsync(() => CallAsync(key.Header), HttpStatusCode.Unauthorized));
        ShouldAskForACredential(await CallAsync(key.Ticket));
    }

    [Test]
    public async Task A_key_may_be_used_until_it_expires()
    {
        var key = await Database.AddKeyAsync();
        await Database.ExecuteAsync("update access_key set expires_at = now() + interval '1 hour' where key_id = @KeyId", key);

        (await CallAsync(key.Header)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task The_key_of_an_operator_or_an_api_account_opens_nothing()
    {
        foreach (var kind in new[] { AccountKinds.Operator, AccountKinds.Api })
        {
            ShouldAskForACredential(await CallAsync((await Database.AddKeyAsync(await Database.AddAccountAsync(kind, level: 10))).Header));
        }
    }

    [Test]
    public async Task An_endpoint_admits_only_the_addresses_it_names_and_tells_so_only_who_knows_the_secret()
    {
        var (listed, unlisted) = (await Database.AddKeyAsync(10, [], Loopback), await Database.AddKeyAsync(10, [], "10.0.0.0/8", "2001:db8::/32"));

        using (Assert.EnterMultipleScope())
        {
            foreach (var headers in WaysToSend(listed))
            {
                (await CallAsync(headers)).ShouldBe(HttpStatusCode.OK);
            }

            foreach (var headers in WaysToSend(unlisted))
            {
                (await CallAsync(headers)).ShouldFail(403, "address_not_allowed");
            }

            (await CallAsync(unlisted.Header, ("x-database", ServiceUnderTest.B.Name))).ShouldFail(403, "address_not_allowed");
            (await CallAsync(unlisted.Header, ("x-database", ServiceUnderTest.B.Name), ("x-collect-database", Database.Name))).ShouldFail(403, "address_not_allowed");
            ShouldAskForACredential(await CallAsync(("Authorization", $"SOTicket {unlisted.KeyId}"), ("SO-AppToken", listed.Secret)));
            ShouldAskForACredential(await CallAsync(listed.Header, ("x-database", ServiceUnderTest.B.Name)));
            (await ApiClient.Anonymous.PostAsync("/api/v1/nowhere", "{}", unlisted.Header)).ShouldFail(404, "route_not_found");
        }

        await Database.ExecuteAsync("update endpoint set allowed_addresses = @Loopback where endpoint_id = @EndpointId", new { Loopback, unlisted.EndpointId });
        await ServiceProcess.UntilAsync(() => CallAsync(unlisted.Header), HttpStatusCode.OK);
    }

    [Test]
    public async Task A_service_account_does_what_its_permissions_say_and_is_audited_as_a_service()
    {
        var key = await Database.AddKeyAsync(level: 1, ["contact:add"]);
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");

        (await ApiClient.Anonymous.UpsertAsync(contact, key.Header)).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.UpsertAsync(contact.With("surname", "Other"), key.Ticket)).ShouldFail(403, "forbidden");

        var entry = (await (await Database.OwnerAsync()).AuditAsync(contact["clientRef"]!.GetValue<string>(), "C1")).Single()!;
        Assert.That($"{entry["account"]} {entry["kind"]} {entry["address"]}", Does.Match($"^{key.OpId} service (127.0.0.1|::1)$"));
    }

    [Test]
    public async Task A_service_account_cannot_log_in_nor_send_its_password_nor_log_out()
    {
        var key = await Database.AddKeyAsync();

        (await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", TestSession.Credentials(key.OpId), ("x-database", Database.Name))).ShouldFail(401, "bad_credentials");
        ShouldAskForACredential(await CallAsync(BasicTests.Basic(key.OpId), ("x-database", Database.Name)));
        (await ApiClient.Anonymous.PostAsync("/api/v1/auth/logout", "", key.Header)).ShouldFail(403, "forbidden");
        (await CallAsync(key.Header)).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task When_a_key_was_last_used_is_written_down_later_and_tells_nobody()
    {
        var (used, unused) = (await Database.AddKeyAsync(), await Database.AddKeyAsync());
        (await CallAsync(used.Header)).ShouldBe(HttpStatusCode.OK);
        ShouldAskForACredential(await CallAsync(("Authorization", $"SOTicket {unused.KeyId}"), ("SO-AppToken", used.Secret)));

        await ServiceUnderTest.Services.GetRequiredService<KeyUse>().FlushAsync(CancellationToken.None);

        Assert.That(await IsNotedAsync(used), Is.True);
        Assert.That(await IsNotedAsync(unused), Is.False);
        Assert.That(TenantCredentials.Of(Database.Tenant).AccessKeys.Find(used.KeyId), Is.Not.Null, "the key was forgotten because its last use was written down");

        static Task<bool> IsNotedAsync(TestKey key) => Database.QueryAsync<bool>("select coalesce(last_used_at > now() - interval '1 minute', false) from access_key where key_id = @KeyId", key);
    }

    private static (string Name, string Value)[][] WaysToSend(TestKey key) => [[key.Header], [key.Bearer], [("OS_REST_AUTH_TOKEN", key.AccessKey)], key.Ticket];

    private static Task<ApiAnswer> CallAsync(params (string Name, string Value)[] headers) => ApiClient.Anonymous.GetAsync(Path, headers);

    private static void ShouldAskForACredential(ApiAnswer answer)
    {
        answer.ShouldFail(401, "not_authenticated");
        Assert.That(answer.Header("WWW-Authenticate"), Is.EqualTo("Bearer realm=\"CrmImport\", Basic realm=\"CrmImport\", SOTicket realm=\"CrmImport\""));
    }
}
