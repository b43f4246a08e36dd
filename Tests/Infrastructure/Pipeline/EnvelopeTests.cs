using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>Whatever goes wrong, wherever: the one failure envelope, in the contract's order of checks.</summary>
public sealed class EnvelopeTests
{
    private const string Upsert = "/rest/contact/contact";
    private const int BodyLimit = 1024 * 1024;

    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECTIVITY"];

    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("GET", "/")]
    [TestCase("GET", "/no/such/route")]
    [TestCase("POST", "/rest/contact/contact/x")]
    [TestCase("POST", "/rest/contact")]
    [TestCase("DELETE", "/api/v2/clients/1")]
    [TestCase("PUT", "/%2Frest/contact/contact")]
    [TestCase("GET", "/openapi/v1.yaml")]
    [TestCase("GET", "/openapi/..%2f..%2fappsettings")]
    [TestCase("GET", "/appsettings.json")]
    [TestCase("GET", "/docs/no-such-file.js")]
    [TestCase("OPTIONS", "/no/such/route")]
    public async Task An_unknown_route_is_404_before_any_credential_is_asked_for(string method, string path)
    {
        (await ApiClient.Anonymous.SendAsync(new HttpMethod(method), path, null)).ShouldFail(404, "route_not_found");
        (await ApiClient.Anonymous.SendAsync(new HttpMethod(method), path, null, ("Authorization", "Bearer x"), ("x-database", "a"), ("x-collect-database", "b"))).ShouldFail(404, "route_not_found");
    }

    [Test]
    public async Task Every_route_answers_every_other_method_with_405_and_the_methods_it_takes()
    {
        var routes = RouteTable.All.GroupBy(route => route.Path, route => route.Method).ToArray();
        Assert.That(routes, Has.Length.GreaterThanOrEqualTo(9));

        using (Assert.EnterMultipleScope())
        {
            foreach (var route in routes)
            {
                var methods = routes.Where(other => other.Key == route.Key || IsParameterFor(other.Key, route.Key)).SelectMany(other => other).Distinct().ToArray();
                var taken = methods.Contains("GET") ? [.. methods, "HEAD"] : methods;
                foreach (var method in Methods.Except(taken))
                {
                    var answer = await ApiClient.Anonymous.SendAsync(new HttpMethod(method), route.Key, null);
                    Assert.That(answer.Header("Allow").Split(", "), Is.EquivalentTo(taken), $"{method} {route.Key}: {answer.Body}");
                    if (method == "HEAD")
                    {
                        Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.MethodNotAllowed), $"{method} {route.Key}");
                        Assert.That(answer.Body, Is.Empty, $"{method} {route.Key}");
                    }
                    else
                    {
                        answer.ShouldFail(405, "method_not_allowed");
                    }
                }
            }
        }
    }

    // GET /imports/preview is a GET of /imports/{id}.
    private static bool IsParameterFor(string template, string path) =>
        path.LastIndexOf('/') is var end && template.EndsWith("/v1", StringComparison.Ordinal) && template[..^3] == path[..end];

    [Test]
    public async Task HEAD_is_answered_like_GET_without_the_body()
    {
        var owner = await Database.OwnerAsync();
        var location = (await owner.UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1"))).Header("Location");

        using (Assert.EnterMultipleScope())
        {
            foreach (var (path, status) in new[] { (location, 200), ("/health/ready", 200), ("/api/v1/audit?size=1", 200), ("/openapi/v1.json", 200), ("/api/v1/clients/none", 404), ("/no/such/route", 404) })
            {
                var get = await owner.GetAsync(path);
                var head = await owner.SendAsync(HttpMethod.Head, path, null);
                Assert.That((int)head.Status, Is.EqualTo(status).And.EqualTo((int)get.Status), path);
                Assert.That(head.Body, Is.Empty, path);
                Assert.That((head.Header("Content-Type"), head.Header("ETag")), Is.EqualTo((get.Header("Content-Type"), get.Header("ETag"))), path);
            }
        }
    }

    [Test]
    public async Task A_405_comes_before_everything_but_the_route()
    {
        var answer = await ApiClient.Anonymous.SendAsync(HttpMethod.Put, Upsert, new StringContent("x"), ("Authorization", "Bearer x"), ("x-database", "a"), ("x-collect-database", "b"));

        answer.ShouldFail(405, "method_not_allowed");
        Assert.That(answer.Header("Allow"), Is.EqualTo("POST"));
    }

    [Test]
    public async Task A_failure_has_every_key_of_the_envelope_and_no_other()
    {
        var answer = await (await Database.OwnerAsync()).UpsertAsync(Sample.Contact("no such client", "C1").Without("surname").With("forename", new string('x', 81)));

        answer.ShouldFail(400, "field_too_long");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Json.Select(property => property.Key), Is.EquivalentTo(new[] { "result", "result_msg", "ok", "status", "code", "trace_id", "problems" }));
            Assert.That(answer.Text("result_msg"), Is.EqualTo("forename is longer than 80 characters (it has 81)"));
            Assert.That(
                answer.Json["problems"]!.ToJsonString(),
                Is.EqualTo("""[{"level":"SEVERE","field":"forename","code":"field_too_long","message":"forename is longer than 80 characters (it has 81)"},{"level":"SEVERE","field":"surname","code":"field_missing","message":"surname is missing"},{"level":"SEVERE","field":"clientRef","code":"unknown_client","message":"Unable to locate client ref supplied: no such client"}]"""));
        }
    }

    [Test]
    public async Task Every_failure_has_a_trace_of_its_own()
    {
        var first = (await ApiClient.Anonymous.GetAsync("/no/such/route")).Text("trace_id");
        var second = (await ApiClient.Anonymous.GetAsync("/no/such/route")).Text("trace_id");

        Assert.That(first, Is.Not.EqualTo(second));
    }

    // Contract, order of checks: each request breaks two rules or more, and is told the first.
    private static IEnumerable<TestCaseData> Orders()
    {
        yield return Case("two databases before the credential", 400, "database_headers_differ", Caller.Nobody, "text/plain", "x", "", ("x-database", "cv_a"), ("x-collect-database", "cv_b"));
        yield return Case("credential before media type", 401, "not_authenticated", Caller.Nobody, "text/plain", "x");
        yield return Case("credential before size", 401, "not_authenticated", Caller.Nobody, "application/json", null);
        yield return Case("credential before parameters", 401, "not_authenticated", Caller.Nobody, "application/json", "{}", "?locations=x");
        yield return Case("permission before media type", 403, "forbidden", Caller.Reader, "text/plain", "x");
        yield return Case("permission before size", 403, "forbidden", Caller.Reader, "text/plain", null);
        yield return Case("media type before size", 415, "unsupported_media_type", Caller.Owner, "text/plain", null);
        yield return Case("size before JSON root", 413, "body_too_large", Caller.Owner, "application/json", null);
        yield return Case("JSON root before parameters", 400, "invalid_json", Caller.Owner, "application/json", "[]", "?locations=x");
        yield return Case("fields before references", 400, "field_missing", Caller.Owner, "application/json", """{"clientRef":"no such client","contactRef":"C1"}""");

        static TestCaseData Case(string name, int status, string code, Caller caller, string contentType, string? body, string query = "", params (string, string)[] headers) =>
            new TestCaseData(status, code, caller, contentType, body, query, headers).SetArgDisplayNames(name);
    }

    /// <summary>Who sends a request whose checks are put in order.</summary>
    public enum Caller
    {
        Nobody,
        Reader,
        Owner,
    }

    [TestCaseSource(nameof(Orders))]
    public async Task The_first_check_that_fails_answers(int status, string code, Caller caller, string contentType, string? body, string query, (string, string)[] headers)
    {
        var client = caller switch
        {
            Caller.Nobody => ApiClient.Anonymous,
            Caller.Reader => (await TestSession.OpenAsync(Database, level: 1, "contact:read")).Client,
            _ => await Database.OwnerAsync(),
        };

        // A body of null is one whose length alone is told, and is too large: an answer that waits for it would never come.
        var request = new RawRequest($"POST {Upsert}{query}").Header("Content-Type", contentType);
        request = body is null ? request.Header("Content-Length", "2000000000") : request.Header("Content-Length", $"{body.Length}").Body(Encoding.ASCII.GetBytes(body));
        request = client.AccessToken is null ? request : request.Header("Authorization", $"Bearer {client.AccessToken}");
        request = headers.Aggregate(request, (sent, header) => sent.Header(header.Item1, header.Item2));

        (await request.SendAsync()).ShouldFail(status, code);
    }

    [Test]
    public async Task A_body_of_the_limit_is_read_and_one_byte_more_is_413()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1").ToJsonString();

        (await owner.PostAsync(Upsert, contact.PadRight(BodyLimit))).ShouldBe(HttpStatusCode.OK);
        (await owner.PostAsync(Upsert, contact.PadRight(BodyLimit + 1))).ShouldFail(413, "body_too_large");
    }

    [Test]
    public async Task A_chunked_body_over_the_limit_is_413()
    {
        var owner = await Database.OwnerAsync();

        // The last chunk is never sent: the limit itself must end the reading.
        var answer = await new RawRequest($"POST {Upsert}")
            .Header("Authorization", $"Bearer {owner.AccessToken}").Header("Content-Type", "application/json").Header("Transfer-Encoding", "chunked")
            .Body(Encoding.ASCII.GetBytes($"{BodyLimit + 1:x}\r\n{new string(' ', BodyLimit + 1)}\r\n"))
            .SendAsync();

        answer.ShouldFail(413, "body_too_large");
    }

    [TestCase("FFFFFFFFFFFFFFFF")]
    [TestCase("zz")]
    [TestCase("-5")]
    public async Task A_broken_chunk_is_the_callers_fault(string size)
    {
        var owner = await Database.OwnerAsync();

        var answer = await new RawRequest($"POST {Upsert}")
            .Header("Authorization", $"Bearer {owner.AccessToken}").Header("Content-Type", "application/json").Header("Transfer-Encoding", "chunked")
            .Body(Encoding.ASCII.GetBytes($"{size}\r\n{{}}\r\n"))
            .SendAsync();

        answer.ShouldFail(400, "invalid_request");
    }

    [Test]
    public async Task A_chunked_body_within_the_limit_is_read()
    {
        var owner = await Database.OwnerAsync();
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1").ToJsonString();

        var answer = await new RawRequest($"POST {Upsert}")
            .Header("Authorization", $"Bearer {owner.AccessToken}").Header("Content-Type", "application/json").Header("Transfer-Encoding", "chunked")
            .Body(Encoding.ASCII.GetBytes($"5\r\n{contact[..5]}\r\n{contact.Length - 5:x}\r\n{contact[5..]}\r\n0\r\n\r\n"))
            .SendAsync();

        answer.ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("text/plain")]
    [TestCase("text/json")]
    [TestCase("application/xml")]
    [TestCase("application/x-www-form-urlencoded")]
    [TestCase("multipart/form-data; boundary=x")]
    [TestCase("application/jsonp")]
    [TestCase("application/json-patch+json")]
    [TestCase("application/*")]
    [TestCase("*/*")]
    [TestCase(";;")]
    [TestCase("json")]
    [TestCase("application")]
    [TestCase("application/json, text/plain")]
    [TestCase("application/json;;;=\"")]
    [TestCase(null)]
    public async Task What_is_not_JSON_by_its_name_is_415(string? contentType)
    {
        var client = (await TestSession.OpenAsync(Database)).Client;
        var contact = Sample.Contact(await Database.AddClientAsync(), "C1").ToJsonString();

        (await SendAsync(client, contentType, Encoding.UTF8.GetBytes(contact))).ShouldFail(415, "unsupported_media_type");
    }

    [TestCase("application/json")]
    [TestCase("APPLICATION/JSON")]
    [TestCase("application/json;")]
    [TestCase("application/json; charset=utf-8")]
    [TestCase("application/json; charset=\"UTF-8\"; version=1")]
    [TestCase("application/json; charset=nonsense")]
    [TestCase("application/json; charset=utf-7")]
    [TestCase("application/json; charset=")]
    public async Task Any_charset_parameter_is_taken(string contentType)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();

        (await SendAsync(owner, contentType, Encoding.UTF8.GetBytes(Sample.Contact(clientRef, "C1").With("surname", "Ünï").ToJsonString()))).ShouldBe(HttpStatusCode.OK);

        Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["surname"]!.GetValue<string>(), Is.EqualTo("Ünï"));
    }

    [TestCase("utf-16")]
    [TestCase("utf-16BE")]
    [TestCase("utf-32")]
    [TestCase("iso-8859-1")]
    public async Task A_body_in_another_charset_is_read_in_it(string charset)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var body = Encoding.GetEncoding(charset).GetBytes(Unescaped(Sample.Contact(clientRef, "C1").With("surname", "Ünï")));

        (await SendAsync(owner, $"application/json; charset={charset}", body)).ShouldBe(HttpStatusCode.OK);

        Assert.That((await owner.ReadAsync(clientRef, "C1")).Data["surname"]!.GetValue<string>(), Is.EqualTo("Ünï"));
    }

    [TestCase("utf-8", "C3 28")]
    [TestCase("utf-8", "ED A0 80")]
    [TestCase("utf-16", "00 D8 41 00")]
    [TestCase("us-ascii", "DC")]
    [TestCase("utf-7", "DC")]
    public async Task Bytes_that_are_no_text_in_the_bodys_charset_are_refused_and_never_replaced(string charset, string bytes)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var encoding = charset == "utf-7" ? Encoding.UTF8 : Encoding.GetEncoding(charset);
        var parts = Sample.Contact(clientRef, "C1").With("surname", "HERE").ToJsonString().Split("HERE");
        byte[] body = [.. encoding.GetBytes(parts[0]), .. Convert.FromHexString(bytes.Replace(" ", "", StringComparison.Ordinal)), .. encoding.GetBytes(parts[1])];

        var answer = (await SendAsync(owner, $"application/json; charset={charset}", body)).ShouldFail(400, "invalid_json");

        Assert.That(answer.Text("result_error_msg"), Does.Contain("at character "));
        (await owner.ReadAsync(clientRef, "C1")).ShouldFail(404, "contact_not_found");
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("identity, gzip")]
    [TestCase("nonsense")]
    public async Task An_encoded_body_is_415(string coding)
    {
        var owner = await Database.OwnerAsync();

        (await SendAsync(owner, "application/json", [0x1F, 0x8B], ("Content-Encoding", coding))).ShouldFail(415, "unsupported_media_type");
    }

    [TestCase("/api/v1/audit?clientRef=%ff")]
    [TestCase("/api/v1/audit?clientRef=%00")]
    [TestCase("/api/v1/audit?clientRef=a%00b&contactRef=%ed%a0%80")]
    [TestCase("/api/v1/audit?clientRef=%")]
    [TestCase("/api/v1/audit?clientRef=%zz")]
    [TestCase("/api/v1/audit?&&==&=&%=%")]
    [TestCase("/api/v1/audit?position=%ff")]
    [TestCase("/api/v1/audit?position=%00")]
    [TestCase("/api/v1/audit?size=99999999999999999999")]
    [TestCase("/api/v1/audit?size=-1")]
    [TestCase("/api/v1/audit?size=1&size=2")]
    [TestCase("/api/v1/audit?size=")]
    [TestCase("/api/v1/audit?size=%EF%BC%91")]
    [TestCase("/api/v1/audit?position=2147483647&size=1000")]
    [TestCase("/api/v1/clients/%ff")]
    [TestCase("/api/v1/contacts?search=%ff")]
    [TestCase("/api/v1/clients/%C0%AF")]
    [TestCase("/api/v1/clients/%")]
    [TestCase("/api/v1/clients/%zz%2F")]
    [TestCase("/api/v1/clients/%2500")]
    [TestCase("/api/v1/clients/%252F%2500")]
    [TestCase("/api/v1/clients/a%2Fb%FFc")]
    [TestCase("/api/v1/clients/%2F%EF%BF%BE")]
    [TestCase("/api/v1/clients/x/contacts/%2F%ED%A0%80")]
    [TestCase("/api/v1/clients/'%20or%20true--")]
    public async Task A_malformed_address_is_the_callers_fault_or_finds_nothing(string path)
    {
        var owner = await Database.OwnerAsync();

        var answer = await new RawRequest($"GET {path}").Header("Authorization", $"Bearer {owner.AccessToken}").SendAsync();

        Assert.That((int)answer.Status, Is.AnyOf(200, 400, 404), answer.Body);
        if (answer.Status != HttpStatusCode.OK)
        {
            answer.ShouldFail((int)answer.Status, answer.Text("code"));
        }
    }

    [TestCase("a/b")]
    [TestCase("/")]
    [TestCase("//")]
    [TestCase("a%b")]
    [TestCase("a%2Fb")]
    [TestCase("a%252fb")]
    [TestCase("a/b%2F")]
    [TestCase("%")]
    [TestCase("%25")]
    [TestCase("%00")]
    [TestCase("a b")]
    [TestCase("a+b")]
    [TestCase("a?b#c")]
    [TestCase("a;b=c,d&e")]
    [TestCase("a\\b")]
    [TestCase("a\"b'c")]
    [TestCase("a\tb\r\nc")]
    [TestCase("...")]
    [TestCase("x/../y")]
    [TestCase("ünï–中文😀")]
    [TestCase("{clientRef}")]
    public async Task A_ref_of_any_characters_is_found_again_by_its_location(string text)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = $"{text} {Guid.NewGuid():N}";
        await Database.ExecuteAsync(
            "insert into client (client_ref, name, created_at, created_by, updated_at, updated_by) values (@clientRef, 'Test', now(), 'test', now(), 'test')", new { clientRef });

        var created = (await owner.UpsertAsync(Sample.Contact(clientRef, text))).ShouldBe(HttpStatusCode.OK);

        var read = (await owner.GetAsync(created.Header("Location"))).ShouldBe(HttpStatusCode.OK).Data;
        var client = (await owner.GetAsync($"/api/v1/clients/{Uri.EscapeDataString(clientRef)}")).ShouldBe(HttpStatusCode.OK).Data;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read["clientRef"]!.GetValue<string>(), Is.EqualTo(clientRef));
            Assert.That(read["contactRef"]!.GetValue<string>(), Is.EqualTo(text));
            Assert.That(client["clientRef"]!.GetValue<string>(), Is.EqualTo(clientRef));
        }
    }

    [Test]
    public async Task A_target_in_absolute_form_is_read_like_any_other()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();
        var (root, path) = ($"http://{ServiceUnderTest.Url.Authority}", $"/api/v1/clients/{clientRef}");
        (await owner.UpsertAsync(Sample.Contact(clientRef, "C1"))).ShouldBe(HttpStatusCode.OK);

        (await SendAsync("PATCH", $"{root}/api/v1/clients/x/%2e%2e/{clientRef}")).ShouldFail(400, "field_not_addressable");
        (await SendAsync("PATCH", $"{root}{path}/contacts/..")).ShouldFail(400, "field_not_addressable");
        (await SendAsync("PATCH", $"/x/%2e%2e{path}")).ShouldFail(400, "field_not_addressable");
        (await SendAsync("PATCH", $"/x/y/%2e%2e{path}")).ShouldFail(400, "field_not_addressable");
        (await SendAsync("PATCH", $"{root}{path}%00")).ShouldFail(400, "invalid_request");
        (await SendAsync("GET", $"{root}/health/live/%00")).ShouldFail(400, "invalid_request");
        (await SendAsync("GET", $"{root}#{path}")).ShouldFail(404, "route_not_found");
        (await SendAsync("GET", $"{root}?x=/")).ShouldFail(404, "route_not_found");
        (await SendAsync("PUT", $"{root}/api/v1/clients/%ff{clientRef}")).ShouldFail(400, "invalid_characters");
        (await SendAsync("PATCH", $"{root}/api/v1/clients/{clientRef}%2Fcontacts%2FC1")).ShouldFail(404, "client_not_found");
        Assert.That((await SendAsync("PATCH", $"{root}{path}%20")).ShouldBe(HttpStatusCode.OK).Data["name"]!.GetValue<string>(), Is.EqualTo("Changed"));
        Assert.That(await Database.QueryAsync<long>("select count(*) from client where client_ref like '%' || @clientRef || '%'", new { clientRef }), Is.EqualTo(1));

        Task<ApiAnswer> SendAsync(string method, string target) =>
            new RawRequest($"{method} {target}").Header("Authorization", $"Bearer {owner.AccessToken}").Json("""{"name":"Changed"}""").SendAsync();
    }

    [Test]
    public async Task A_ref_is_decoded_wherever_the_path_stands_and_never_leads_to_another_record()
    {
        var owner = await Database.OwnerAsync();
        var clientRef = $"a/b {Guid.NewGuid():N}";
        await Database.ExecuteAsync(
            "insert into client (client_ref, name, created_at, created_by, updated_at, updated_by) values (@clientRef, 'Test', now(), 'test', now(), 'test')", new { clientRef });
        var path = $"/api/v1/clients/{Uri.EscapeDataString(clientRef)}";

        foreach (var target in new[] { $"/./x/..{path}", $"/%2E/x/%2e%2E{path}", $"{path}/contacts/%2e%2e", $"{path}/contacts/.." })
        {
            (await new RawRequest($"GET {target}").Header("Authorization", $"Bearer {owner.AccessToken}").SendAsync()).ShouldFail(400, "field_not_addressable");
        }

        foreach (var target in new[] { "/api/v1/clients/%ff", $"{path}/contacts/%ED%A0%80", $"{path}?x=%C0%AF" })
        {
            (await new RawRequest($"GET {target}").Header("Authorization", $"Bearer {owner.AccessToken}").SendAsync()).ShouldFail(400, "invalid_characters");
        }

        foreach (var target in new[] { path, $"{path}?archived=%61ll", $"{path}/", $"/api/v1/clients/%20{Uri.EscapeDataString(clientRef)}%20" })
        {
            var answer = await new RawRequest($"GET {target}").Header("Authorization", $"Bearer {owner.AccessToken}").SendAsync();
            Assert.That(answer.ShouldBe(HttpStatusCode.OK).Data["clientRef"]!.GetValue<string>(), Is.EqualTo(clientRef), target);
        }
    }

    [TestCase("X-Anything", 300)]
    [TestCase("X-Anything", 30_000)]
    [TestCase("If-None-Match", 300)]
    [TestCase("If-None-Match", 30_000)]
    [TestCase("Prefer", 30_000)]
    [TestCase("Accept", 30_000)]
    [TestCase("traceparent", 300)]
    [TestCase("tracestate", 30_000)]
    [TestCase("Cookie", 30_000)]
    [TestCase("X-Forwarded-For", 30_000)]
    public async Task A_long_header_that_says_nothing_changes_nothing(string name, int length)
    {
        var owner = await Database.OwnerAsync();
        var clientRef = await Database.AddClientAsync();

        (await owner.GetAsync($"/api/v1/clients/{clientRef}", (name, new string('x', length)))).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("x-database", 300, 401)]
    [TestCase("x-database", 30_000, 401)]
    [TestCase("x-collect-database", 30_000, 401)]
    [TestCase("OS_REST_AUTH_TOKEN", 30_000, 401)]
    public async Task A_long_header_that_is_wrong_is_refused_like_a_short_one(string name, int length, int status)
    {
        var owner = await Database.OwnerAsync();

        (await owner.GetAsync("/api/v1/audit", (name, new string('x', length)))).ShouldFail(status, "not_authenticated");
    }

    [Test]
    public async Task A_not_modified_answer_has_no_body_and_no_envelope()
    {
        var owner = await Database.OwnerAsync();
        var location = (await owner.UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1"))).Header("Location");

        var answer = (await owner.GetAsync(location, ("If-None-Match", "\"1\""))).ShouldBe(HttpStatusCode.NotModified);

        Assert.That(answer.Body, Is.Empty);
    }

    [Test]
    public async Task No_answer_tells_what_serves_it()
    {
        var owner = await Database.OwnerAsync();
        var answers = new[]
        {
            await ApiClient.Anonymous.GetAsync("/no/such/route"),
            await ApiClient.Anonymous.GetAsync("/api/v1/audit"),
            await owner.GetAsync("/api/v1/audit?size=1"),
            await owner.PostAsync(Upsert, "{"),
            await owner.GetAsync("/api/v1/audit?clientRef=%00"),
        };

        using (Assert.EnterMultipleScope())
        {
            foreach (var answer in answers)
            {
                Assert.That(answer.Headers.Keys, Has.None.EqualTo("Server").IgnoreCase);
                Assert.That(answer.Headers.Keys, Has.None.EqualTo("X-Powered-By").IgnoreCase);
                Assert.That(answer.Body, Does.Not.Contain("Exception").And.Not.Contain("Npgsql").And.Not.Contain("System.").And.Not.Contain("22021").And.Not.Contain("   at "));
            }
        }
    }

    private static async Task<ApiAnswer> SendAsync(ApiClient client, string? contentType, byte[] body, params (string Name, string Value)[] headers)
    {
        var request = new RawRequest($"POST {Upsert}").Header("Authorization", $"Bearer {client.AccessToken}");
        request = contentType is null ? request : request.Header("Content-Type", contentType);
        request = headers.Aggregate(request, (sent, header) => sent.Header(header.Name, header.Value));
        return await request.Header("Content-Length", body.Length.ToString(CultureInfo.InvariantCulture)).Body(body).SendAsync();
    }

    private static string Unescaped(JsonNode json) => json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
