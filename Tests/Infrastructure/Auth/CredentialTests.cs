using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Docs;
using CrmImport.Tests.Running;
using Microsoft.IdentityModel.Tokens;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>What opens a data route and what does not (sources: Oneserve, Collect!; attacks after RFC 8725).</summary>
public sealed class CredentialTests
{
    private const string OneserveHeader = "OS_REST_AUTH_TOKEN";
    private const string CountSql = "select (select count(*) from contact where client_ref = @clientRef) || ' ' || usage_type_id from location where client_ref = @clientRef";

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task The_token_is_taken_as_bearer_and_under_Oneserves_name()
    {
        var session = await TestSession.OpenAsync(Database);

        (await CallAsync(("Authorization", $"Bearer {session.AccessToken}"))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(("Authorization", $"bEARER {session.AccessToken}"))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync((OneserveHeader, session.AccessToken))).ShouldBe(HttpStatusCode.OK);
        (await CallAsync(("Authorization", $"Bearer {session.AccessToken}"), (OneserveHeader, session.AccessToken))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Two_credentials_that_disagree_are_none()
    {
        var session = await TestSession.OpenAsync(Database);
        var other = await TestSession.OpenAsync(Database);

        ShouldAskForACredential(await CallAsync(("Authorization", $"Bearer {session.AccessToken}"), (OneserveHeader, other.AccessToken)));
        ShouldAskForACredential(await CallAsync(("Authorization", $"Bearer {session.AccessToken}"), (OneserveHeader, "x")));
        ShouldAskForACredential(await CallAsync(("Authorization", "Basic eDp5"), (OneserveHeader, session.AccessToken)));
        ShouldAskForACredential(await new RawRequest("GET /api/v1/audit")
            .Header("Authorization", $"Bearer {session.AccessToken}").Header("Authorization", $"Bearer {other.AccessToken}").SendAsync());
        ShouldAskForACredential(await new RawRequest("GET /api/v1/audit")
            .Header(OneserveHeader, session.AccessToken).Header(OneserveHeader, other.AccessToken).SendAsync());
    }

    private static IEnumerable<TestCaseData> NoCredentials()
    {
        string[] values =
        [
            "", "Bearer", "Bearer ", "Bearer x", "Bearer .", "Bearer ..", "Bearer a.b.c", "Bearer a.b.c.d.e", "Bearer null", "Digest x", "SOTicket x",
            "Bearer eyJhbGciOiJub25lIn0.e30.", "Bearer {}", $"Bearer {new string('x', 8192)}", $"Bearer {new string('.', 8192)}",
            $"Bearer {string.Join('.', Enumerable.Repeat(new string('A', 2000), 3))}", "Bearer eyJhbGciOiJIUzI1NiJ9.W10.AAAA", "Bearer eyJhbGciOiJIUzI1NiJ9.bnVsbA.AAAA",
            "Bearer eyJhbGciOiJIUzI1NiJ9.eyJkYiI6eyJhIjoxfX0.AAAA", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJkYiI6bnVsbH0.AAAA", "Bearer eyJhbGciOiJIUzI1NiJ9.eyJkYiI6MX0.AAAA",
        ];
        return values.Select(value => new TestCaseData(value).SetArgDisplayNames($"{value[..Math.Min(value.Length, 30)]} ({value.Length})"));
    }

    [TestCaseSource(nameof(NoCredentials))]
    public async Task What_is_no_credential_opens_nothing(string value)
    {
        ShouldAskForACredential(await CallAsync(("Authorization", value)));
        ShouldAskForACredential(await CallAsync((OneserveHeader, value.Replace("Bearer ", "", StringComparison.Ordinal))));
    }

    [Test]
    public async Task No_credential_opens_nothing() => ShouldAskForACredential(await CallAsync());

    [Test]
    public async Task The_forger_of_these_tests_can_make_a_token_that_holds()
    {
        (await CallAsync(("Authorization", $"Bearer {(await Forgery.OfAsync(Database)).Sign()}"))).ShouldBe(HttpStatusCode.OK);
    }

    private static IEnumerable<TestCaseData> Forgeries()
    {
        yield return Case("algorithm none, no signature", forgery => forgery.Header("alg", "none").Unsigned());
        yield return Case("algorithm None, no signature", forgery => forgery.Header("alg", "None").Unsigned());
        yield return Case("algorithm none, signed", forgery => forgery.Header("alg", "none").Sign());
        yield return Case("signature stripped", forgery => forgery.Unsigned());
        yield return Case("signature cut off with its dot", forgery => forgery.Unsigned().TrimEnd('.'));
        yield return Case("signature of another token", forgery => forgery.Unsigned() + forgery.Payload("sub", "OWN").Sign().Split('.')[2]);
        yield return Case("signature changed", forgery => forgery.Sign() is var token && token[^10] == 'A' ? token[..^10] + "B" + token[^9..] : token[..^10] + "A" + token[^9..]);
        yield return Case("HS512 with the same key", forgery => forgery.Header("alg", "HS512").Sign(HMACSHA512.HashData));
        yield return Case("HS384 with the same key", forgery => forgery.Header("alg", "HS384").Sign(HMACSHA384.HashData));
        yield return Case("RS256 named, signed as HS256", forgery => forgery.Header("alg", "RS256").Sign());
        yield return Case("no algorithm named", forgery => forgery.WithoutHeader("alg").Sign());
        yield return Case("another key under the same kid", forgery => forgery.Sign((_, data) => HMACSHA256.HashData(new byte[32], data)));
        yield return Case("an empty key under the same kid", forgery => forgery.Sign((_, data) => HMACSHA256.HashData(Array.Empty<byte>(), data)));
        yield return Case("unknown kid", forgery => forgery.Header("kid", "unknown").Sign());
        yield return Case("no kid", forgery => forgery.WithoutHeader("kid").Sign());
        yield return Case("kid that is SQL", forgery => forgery.Header("kid", "' union select 'x'").Sign());
        yield return Case("wrong audience", forgery => forgery.Payload("aud", "another").Sign());
        yield return Case("no audience", forgery => forgery.WithoutPayload("aud").Sign());
        yield return Case("wrong issuer", forgery => forgery.Payload("iss", "another").Sign());
        yield return Case("no issuer", forgery => forgery.WithoutPayload("iss").Sign());
        yield return Case("typ JWT", forgery => forgery.Header("typ", "JWT").Sign());
        yield return Case("no typ", forgery => forgery.WithoutHeader("typ").Sign());
        yield return Case("expired by more than the skew", forgery => forgery.Payload("nbf", Seconds(-3600)).Payload("exp", Seconds(-61)).Sign());
        yield return Case("no expiry", forgery => forgery.WithoutPayload("exp").Sign());
        yield return Case("not valid for more than the skew", forgery => forgery.Payload("nbf", Seconds(61)).Sign());
        yield return Case("another database named inside", forgery => forgery.Payload("db", ServiceUnderTest.B.Name).Sign());
        yield return Case("an unknown database named inside", forgery => forgery.Payload("db", "cv_nosuchdatabase").Sign());
        yield return Case("no database named inside", forgery => forgery.WithoutPayload("db").Sign());
        yield return Case("no session named inside", forgery => forgery.WithoutPayload("sid").Sign());
        yield return Case("a session that never was", forgery => forgery.Payload("sid", $"{Guid.NewGuid()}").Sign());
        yield return Case("a session id that is none", forgery => forgery.Payload("sid", "x").Sign());
        yield return Case("a key of the forger's own in the header", forgery => forgery.WithOwnKey("jwk"));
        yield return Case("a key of the forger's own in the header, no kid", forgery => forgery.WithoutHeader("kid").WithOwnKey("jwk"));
        yield return Case("the address of a key of the forger's own", forgery => forgery.WithOwnKey("jku"));
        yield return Case("a certificate of the forger's own", forgery => forgery.WithOwnKey("x5u"));
        yield return Case("encrypted", forgery => $"{forgery.Sign()}.x.y");

        static TestCaseData Case(string name, Func<Forgery, string> forge) => new TestCaseData(forge).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Forgeries))]
    public async Task A_forged_token_opens_nothing(object forge)
    {
        var forgery = await Forgery.OfAsync(Database);

        ShouldAskForACredential(await CallAsync(("Authorization", $"Bearer {((Func<Forgery, string>)forge)(forgery)}")));
    }

    [Test]
    public async Task An_account_that_is_deactivated_is_refused_as_soon_as_the_service_hears_of_it()
    {
        var session = await TestSession.OpenAsync(Database);
        (await session.CallAsync()).ShouldBe(HttpStatusCode.OK);

        await Database.ExecuteAsync("update account set active = false where op_id = @OpId", new { session.OpId });

        ShouldAskForACredential(await ServiceProcess.UntilAsync(() => session.CallAsync(), HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task Changed_rights_count_as_soon_as_the_service_hears_of_them()
    {
        var session = await TestSession.OpenAsync(Database, level: 1);
        (await session.CallAsync()).ShouldFail(403, "forbidden");

        await Database.ExecuteAsync("update account set permissions = '{audit:read}' where op_id = @OpId", new { session.OpId });

        await ServiceProcess.UntilAsync(() => session.CallAsync(), HttpStatusCode.OK);
    }

    [TestCase(9, false)]
    [TestCase(10, true)]
    [TestCase(99, true)]
    public async Task From_level_10_on_an_operator_may_do_everything(int level, bool may)
    {
        var client = (await TestSession.OpenAsync(Database, level)).Client;
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");

        foreach (var answer in new[] { await client.UpsertAsync(contact), await client.UpsertAsync(contact.With("surname", "Other")), await client.GetAsync("/api/v1/audit") })
        {
            Assert.That(answer.Status, Is.EqualTo(may ? HttpStatusCode.OK : HttpStatusCode.Forbidden), answer.Body);
        }
    }

    [Test]
    public async Task Who_may_only_read_contacts_reads_them_and_writes_none()
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, "contact:read")).Client;
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");

        (await client.UpsertAsync(contact)).ShouldFail(403, "forbidden");
        (await (await Database.OwnerAsync()).UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        (await client.UpsertAsync(contact)).ShouldFail(403, "forbidden");

        var clientRef = contact["clientRef"]!.GetValue<string>();
        (await client.ReadAsync(clientRef, "C1")).ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync($"/api/v1/clients/{clientRef}")).ShouldBe(HttpStatusCode.OK);
        (await client.GetAsync("/api/v1/audit")).ShouldFail(403, "forbidden");
    }

    [Test]
    public async Task Who_may_only_add_contacts_creates_and_replays_but_updates_and_reads_none()
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, "contact:add")).Client;
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");

        Assert.That((await client.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("created"));
        Assert.That((await client.UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
        (await client.UpsertAsync(contact.With("surname", "Other"))).ShouldFail(403, "forbidden");

        var clientRef = contact["clientRef"]!.GetValue<string>();
        (await client.ReadAsync(clientRef, "C1")).ShouldFail(403, "forbidden");
        Assert.That((await (await Database.OwnerAsync()).ReadAsync(clientRef, "C1")).Data["surname"]!.GetValue<string>(), Is.EqualTo("Test"));
    }

    [Test]
    public async Task Who_may_only_edit_contacts_updates_but_creates_none()
    {
        var client = (await TestSession.OpenAsync(Database, level: 1, "contact:edit")).Client;
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1");

        (await client.UpsertAsync(contact)).ShouldFail(403, "forbidden");
        (await (await Database.OwnerAsync()).UpsertAsync(contact)).ShouldBe(HttpStatusCode.OK);
        Assert.That((await client.UpsertAsync(contact.With("surname", "Other"))).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("updated"));
    }

    [Test]
    public async Task A_locations_usage_type_is_changed_only_by_who_may_edit_locations()
    {
        var clientRef = await Database.AddClientAsync("L1");
        var writer = (await TestSession.OpenAsync(Database, level: 1, "contact:add", "contact:edit")).Client;
        var editor = (await TestSession.OpenAsync(Database, level: 1, "contact:add", "contact:edit", "location:edit")).Client;

        // At once, so that some of them share a statement: only those that ask for more than they may are refused.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => writer.UpsertAsync(Contact($"C{i}", usageTypeId: i % 2 == 0 ? 1 : 2))));

        using (Assert.EnterMultipleScope())
        {
            for (var i = 0; i < answers.Length; i++)
            {
                if (i % 2 == 0)
                {
                    Assert.That(answers[i].ShouldFail(403, "forbidden").Text("result_msg"), Does.Contain("location:edit"));
                }
                else
                {
                    answers[i].ShouldBe(HttpStatusCode.OK);
                }
            }
        }

        Assert.That(await Database.QueryAsync<string>(CountSql, new { clientRef }), Is.EqualTo("10 2"));
        (await editor.UpsertAsync(Contact("C0", usageTypeId: 1))).ShouldBe(HttpStatusCode.OK);
        (await writer.UpsertAsync(Contact("C0", usageTypeId: 1))).ShouldBe(HttpStatusCode.OK);
        Assert.That(await Database.QueryAsync<string>(CountSql, new { clientRef }), Is.EqualTo("11 1"));

        JsonObject Contact(string contactRef, int usageTypeId)
        {
            var contact = Sample.Contact(clientRef, contactRef, "L1", isPreferred: false);
            contact["locations"]![0]!["usageTypeId"] = usageTypeId;
            return contact;
        }
    }

    [Test]
    public async Task The_audit_is_read_with_audit_read_alone()
    {
        var reader = (await TestSession.OpenAsync(Database, level: 1, "audit:read")).Client;
        var writer = (await TestSession.OpenAsync(Database, level: 1, "contact:read", "contact:add", "contact:edit", "AUDIT:READ", "audit")).Client;

        (await reader.GetAsync("/api/v1/audit")).ShouldBe(HttpStatusCode.OK);
        (await writer.GetAsync("/api/v1/audit")).ShouldFail(403, "forbidden");
    }

    [Test]
    public void Every_route_states_who_may_call_it()
    {
        Assert.That(RouteTable.All, Has.Count.GreaterThanOrEqualTo(9), "the route table was not found");
        Assert.That(RouteTable.All.Where(route => route.Access is null), Is.Empty);
    }

    [Test]
    public async Task Only_these_routes_are_open()
    {
        string[] open =
        [
            "POST /api/v1/auth/login", "POST /api/v1/auth/refresh", "GET /health/live", "GET /health/ready", "GET /metrics", "GET /openapi/v1.json",
            "GET /api", "GET /api/v1", "POST /oauth/token", "GET /.well-known/oauth-authorization-server",
            .. DocsPages.All.Select(page => $"GET /docs/{page.Name}"),
        ];

        Assert.That(RouteTable.All.Where(route => route.Access is { IsOpen: true }).Select(route => $"{route.Method} {route.Path}"), Is.EquivalentTo(open));
        foreach (var path in open.Where(route => route.StartsWith("GET", StringComparison.Ordinal)).Select(route => route.Split(' ')[1]))
        {
            (await (path == "/metrics" ? ServiceUnderTest.Metrics : ApiClient.Anonymous).GetAsync(path)).ShouldBe(HttpStatusCode.OK); // which have a token of their own
        }
    }

    [Test]
    public async Task No_route_takes_a_credential_for_another_database_or_none_at_all()
    {
        var client = (await TestSession.OpenAsync(Database)).Client;
        var closed = RouteTable.All.Where(route => route.Access is not { IsOpen: true }).ToArray();
        Assert.That(closed, Has.Length.GreaterThanOrEqualTo(5));

        using (Assert.EnterMultipleScope())
        {
            foreach (var route in closed)
            {
                var method = new HttpMethod(route.Method);
                ShouldAskForACredential(await client.SendAsync(method, route.Path, null, ("x-database", ServiceUnderTest.B.Name)), route);
                ShouldAskForACredential(await client.SendAsync(method, route.Path, null, ("x-collect-database", ServiceUnderTest.B.Name)), route);
                ShouldAskForACredential(await client.SendAsync(method, route.Path, null, ("x-database", "cv_nosuchdatabase")), route);
                ShouldAskForACredential(await ApiClient.Anonymous.SendAsync(method, route.Path, null), route);
                ShouldAskForACredential(await ApiClient.Anonymous.SendAsync(method, route.Path, null, ("x-database", Database.Name)), route);
                (await client.SendAsync(method, route.Path, null, ("x-database", Database.Name), ("x-collect-database", ServiceUnderTest.B.Name))).ShouldFail(400, "database_headers_differ");
            }
        }

        // Last of all, since one of the routes ends the session: with its own database none of them answers 401.
        foreach (var route in closed.OrderBy(route => route.Path.EndsWith("/logout", StringComparison.Ordinal)))
        {
            Assert.That((await client.SendAsync(new HttpMethod(route.Method), route.Path, null, ("x-database", Database.Name))).Status, Is.Not.EqualTo(HttpStatusCode.Unauthorized), $"{route}");
        }
    }

    [Test]
    public async Task What_one_database_holds_the_other_does_not_show()
    {
        var clientRef = await Database.AddClientAsync();
        var (a, b) = (await Database.OwnerAsync(), await ServiceUnderTest.B.OwnerAsync());
        (await a.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);

        (await b.ReadAsync(clientRef, "C1")).ShouldFail(404, "contact_not_found");
        (await b.GetAsync($"/api/v1/clients/{clientRef}")).ShouldFail(404, "client_not_found");
        (await b.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldFail(400, "unknown_client");
        Assert.That(await b.AuditAsync(clientRef), Is.Empty);
        Assert.That(await a.AuditAsync(clientRef), Has.Count.EqualTo(1));
    }

    /// <summary>The same token, as if a key of that id had signed it.</summary>
    internal static string Signed(string token, string kid, byte[] key) => Forgery.Of(token, key).Header("kid", kid).Sign();

    internal static JsonObject HeaderOf(string token) => Forgery.Decode(token.Split('.')[0]);

    private static Task<ApiAnswer> CallAsync(params (string Name, string Value)[] headers) => ApiClient.Anonymous.GetAsync("/api/v1/audit?size=1", headers);

    private static void ShouldAskForACredential(ApiAnswer answer, Route? route = null)
    {
        answer.ShouldFail(401, "not_authenticated");
        Assert.That(answer.Header("WWW-Authenticate"), Does.StartWith("Bearer"), $"{route}");
    }

    private static long Seconds(int fromNow) => DateTimeOffset.UtcNow.AddSeconds(fromNow).ToUnixTimeSeconds();

    /// <summary>A genuine token taken apart, to be changed and put together again with the database's own key or another.</summary>
    private sealed class Forgery
    {
        private readonly JsonObject header;
        private readonly JsonObject payload;
        private readonly byte[] key;

        private Forgery(JsonObject header, JsonObject payload, byte[] key) => (this.header, this.payload, this.key) = (header, payload, key);

        public static async Task<Forgery> OfAsync(TestDatabase database) =>
            Of((await TestSession.OpenAsync(database)).AccessToken, ((SymmetricSecurityKey)TenantCredentials.Of(database.Tenant).SigningKeys.Last.Signing.Key).Key);

        public static Forgery Of(string token, byte[] key) => token.Split('.') is var parts ? new(Decode(parts[0]), Decode(parts[1]), key) : null!;

        public Forgery Header(string name, JsonNode value) => Changed(() => header[name] = value);

        public Forgery WithoutHeader(string name) => Changed(() => Assert.That(header.Remove(name), $"a genuine token has no {name}"));

        public Forgery Payload(string name, JsonNode value) => Changed(() => payload[name] = value);

        public Forgery WithoutPayload(string name) => Changed(() => Assert.That(payload.Remove(name), $"a genuine token has no {name}"));

        public string Unsigned() => $"{Encode(header)}.{Encode(payload)}.";

        public string Sign() => Sign(HMACSHA256.HashData);

        public string Sign(Func<byte[], byte[], byte[]> mac) => Unsigned() + Base64Url.EncodeToString(mac(key, Encoding.ASCII.GetBytes(Unsigned().TrimEnd('.'))));

        /// <summary>Signed by a key that the header itself offers to verify with.</summary>
        public string WithOwnKey(string parameter)
        {
            var own = RandomNumberGenerator.GetBytes(32);
            header[parameter] = parameter == "jwk"
                ? new JsonObject { ["kty"] = "oct", ["k"] = Base64Url.EncodeToString(own), ["alg"] = "HS256" }
                : new Uri(ServiceUnderTest.Url, "/keys").ToString();
            return Sign((_, data) => HMACSHA256.HashData(own, data));
        }

        private Forgery Changed(Action change)
        {
            change();
            return this;
        }

        public static JsonObject Decode(string part) => JsonNode.Parse(Base64Url.DecodeFromChars(part))!.AsObject();

        private static string Encode(JsonObject part) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(part.ToJsonString()));
    }
}
