using System.IO.Compression;
using System.Net;
using System.Text;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>What nobody sends who means well: each gets its envelope, and the service goes on.</summary>
public sealed class HostileInputTests
{
    private const string Live = "GET /health/live HTTP/1.1\r\n";
    private const string Upsert = "POST /rest/contact/contact HTTP/1.1\r\n";
    private const string Host = "Host: localhost\r\nConnection: close\r\n";

    private static readonly string Repeated = new('a', 100_000);

    [TearDown]
    public async Task The_service_is_healthy() => (await ApiClient.Anonymous.GetAsync("/health/ready")).ShouldBe(HttpStatusCode.OK);

    private static IEnumerable<TestCaseData> Unreadable()
    {
        yield return Case("no HTTP at all", 400, "invalid_request", "rubbish\r\n\r\n");
        yield return Case("the hello of TLS", 400, "invalid_request", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00FC\u0003\u0003\r\n\r\n");
        yield return Case("a NUL in the path", 400, "invalid_request", $"GET /a\0b HTTP/1.1\r\n{Host}\r\n");
        yield return Case("an encoded NUL in the path", 400, "invalid_request", $"GET /api/v1/clients/a%00b HTTP/1.1\r\n{Host}\r\n");
        yield return Case("a path of 100 KB", 414, "uri_too_long", $"GET /{Repeated} HTTP/1.1\r\n{Host}\r\n");
        yield return Case("a query over the limit", 414, "uri_too_long", $"GET /api/v1/contacts?search={Repeated[..8192]} HTTP/1.1\r\n{Host}\r\n");
        yield return Case("a version there is not", 505, "version_not_supported", $"GET / HTTP/9.9\r\n{Host}\r\n");
        yield return Case("100,000 headers", 431, "headers_too_large", $"{Live}{Host}{string.Concat(Enumerable.Range(0, 100_000).Select(i => $"x{i}: y\r\n"))}\r\n");
        yield return Case("101 headers", 431, "headers_too_large", $"{Live}{Host}{string.Concat(Enumerable.Range(0, 99).Select(i => $"x{i}: y\r\n"))}\r\n");
        yield return Case("a header of 100 KB", 431, "headers_too_large", $"{Live}{Host}x: {Repeated}\r\n\r\n");
        yield return Case("a CR in a header", 400, "invalid_request", $"{Live}{Host}x: a\rb\r\n\r\n");
        yield return Case("an LF in a header", 400, "invalid_request", $"{Live}{Host}x: a\nb\r\n\r\n");
        yield return Case("a NUL in a header", 400, "invalid_request", $"{Live}{Host}x: a\0b\r\n\r\n");
        yield return Case("a header that is not UTF-8", 400, "invalid_request", $"{Live}{Host}x: \u00E9\u00FF\r\n\r\n");
        yield return Case("a folded header", 400, "invalid_request", $"{Live}{Host}x: y\r\n z\r\n\r\n");
        yield return Case("a blank before the colon", 400, "invalid_request", $"{Live}{Host}x : y\r\n\r\n");
        yield return Case("no Host", 400, "invalid_request", $"{Live}Connection: close\r\n\r\n");
        yield return Case("two Hosts", 400, "invalid_request", $"{Live}{Host}Host: b\r\n\r\n");
        yield return Case("a Host that is none", 400, "invalid_request", $"{Live}Host: a b/c\r\n\r\n");
        yield return Case("two lengths", 400, "invalid_request", $"{Upsert}{Host}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}");
        yield return Case("a method in lower case and a target that is none: with a body", 400, "invalid_request", $"head http://x y HTTP/1.1\r\n{Host}\r\n");
        yield return Case("a length of very many digits", 400, "invalid_request", $"{Upsert}{Host}Content-Length: {new string('0', 30)}2\r\n\r\n{{}}");
        yield return Case("a length with a sign", 400, "invalid_request", $"{Upsert}{Host}Content-Length: +2\r\n\r\n{{}}");
        yield return Case("a method in lower case", 405, "method_not_allowed", $"get /health/live HTTP/1.1\r\n{Host}Connection: close\r\n\r\n");
        yield return Case("a length below nothing", 400, "invalid_request", $"{Upsert}{Host}Content-Length: -1\r\n\r\n{{}}");
        yield return Case("a length that is too long", 400, "invalid_request", $"{Upsert}{Host}Content-Length: 99999999999999999999\r\n\r\n{{}}");
        yield return Case("an unknown transfer coding", 400, "invalid_request", $"{Upsert}{Host}Transfer-Encoding: gzip\r\n\r\n");
        yield return Case("no length", 401, "not_authenticated", $"{Upsert}{Host}\r\n");
        yield return Case("a length and chunks: the chunks count", 401, "not_authenticated", $"{Upsert}{Host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /health/live HTTP/1.1\r\n\r\n");
        yield return Case("another's absolute address", 400, "invalid_request", $"GET http://elsewhere/health/live HTTP/1.1\r\n{Host}\r\n");
        yield return Case("an authority for an address", 405, "method_not_allowed", $"GET localhost:80 HTTP/1.1\r\n{Host}\r\n");
        yield return Case("CONNECT", 404, "route_not_found", "CONNECT localhost:80 HTTP/1.1\r\nHost: localhost:80\r\nConnection: close\r\n\r\n");
        yield return Case("OPTIONS of everything", 404, "route_not_found", $"OPTIONS * HTTP/1.1\r\n{Host}\r\n");

        yield return Case("a NUL in a trailer", 400, "invalid_request", $"POST /api/v1/auth/refresh HTTP/1.1\r\n{Host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nx: \0\r\n\r\n");
        yield return Case("bytes that are no text in a trailer", 400, "invalid_request", $"POST /api/v1/auth/refresh HTTP/1.1\r\n{Host}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\nx: \u00ff\r\n\r\n");

        static TestCaseData Case(string name, int status, string code, string bytes) => new TestCaseData(status, code, bytes).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Unreadable))]
    public async Task What_cannot_be_read_as_a_request_is_told_so_in_the_envelope(int status, string code, string bytes)
    {
        var answer = await RawRequest.SendAsync(ServiceUnderTest.Url, Encoding.Latin1.GetBytes(bytes));

        answer.ShouldFail(status, code);
        Assert.That(answer.Header("Connection"), Is.EqualTo("close"));
    }

    [TestCase("GET /health/live HTTP/1.0\r\n\r\n")]
    [TestCase("GET http://localhost/health/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")]
    public async Task What_is_old_or_odd_but_HTTP_is_answered(string request) =>
        (await RawRequest.SendAsync(ServiceUnderTest.Url, Encoding.Latin1.GetBytes(request))).ShouldBe(HttpStatusCode.OK);

    [Test]
    public async Task A_broken_request_after_a_good_one_has_its_own_answer()
    {
        var both = await RawRequest.SendAsync(ServiceUnderTest.Url, Encoding.ASCII.GetBytes($"{Live}Host: localhost\r\n\r\nGET /%00 HTTP/1.1\r\n{Host}\r\n"));

        var answers = both.ShouldBe(HttpStatusCode.OK).Body.Split("HTTP/1.1 400 Bad Request\r\n");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers[0], Is.EqualTo("""{"result":"success","result_msg":""}"""));
            Assert.That(answers[1], Does.Contain("\r\n\r\n{").And.Contain("\"code\":\"invalid_request\"").And.EndsWith("}"));
        }
    }

    [Test]
    public async Task A_body_of_10_GB_is_refused_before_it_is_sent()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();

        var answer = await new RawRequest("POST /rest/contact/contact")
            .Header("Authorization", $"Bearer {owner.AccessToken}").Header("Content-Type", "application/json").Header("Content-Length", "10000000000")
            .SendAsync();

        answer.ShouldFail(413, "body_too_large");
        Assert.That(answer.Header("Connection"), Is.EqualTo("close"));
    }

    [Test]
    public async Task A_connection_whose_body_is_not_read_ends_with_the_answer_whatever_that_is()
    {
        var answer = await new RawRequest("POST /rest/contact/contact").Header("Content-Type", "application/json").Header("Content-Length", "64000000").SendAsync();

        answer.ShouldFail(401, "not_authenticated");
        Assert.That(answer.Header("Connection"), Is.EqualTo("close"));
    }

    [Test]
    public async Task A_body_without_end_is_refused_at_the_limit()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var head = $"POST /rest/contact/contact HTTP/1.1\r\n{Host}Authorization: Bearer {owner.AccessToken}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
        var chunk = Encoding.Latin1.GetBytes($"{Repeated.Length:x}\r\n{Repeated}\r\n");

        var answer = await RawRequest.SendAsync(ServiceUnderTest.Url, async (stream, cancellationToken) =>
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head), cancellationToken);
            for (var sent = 0; sent < 64_000_000; sent += Repeated.Length)
            {
                await stream.WriteAsync(chunk, cancellationToken);
            }
        });

        answer.ShouldFail(413, "body_too_large");
    }

    [Test]
    public async Task A_bomb_of_zeros_is_not_unpacked()
    {
        using var packed = new MemoryStream();
        await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            await gzip.WriteAsync(new byte[50_000_000]);
        }

        (await PostAsync(packed.ToArray(), ("Content-Encoding", "gzip"))).ShouldFail(415, "unsupported_media_type");
    }

    [TestCase("{\"surname\":", "}", "POST", "/rest/contact/contact")]
    [TestCase("{\"locations\":[", "]}", "POST", "/rest/contact/contact")]
    [TestCase("[", "]", "POST", "/rest/contact/contact")]
    [TestCase("{\"a\":", "}", "POST", "/api/v1/auth/login")]
    [TestCase("{\"a\":", "}", "PATCH", "/api/v1/clients/v1/contacts/v1")]
    [TestCase("[", "", "PATCH", "/api/v1/clients/v1/contacts/v1")]
    public async Task JSON_as_deep_as_a_body_can_be_is_refused(string open, string close, string method, string path)
    {
        var levels = 1_000_000 / (open.Length + close.Length);
        var body = $"{string.Concat(Enumerable.Repeat(open, levels))}1{string.Concat(Enumerable.Repeat(close, levels))}";

        (await new RawRequest($"{method} {path}").Header("x-database", ServiceUnderTest.A.Name).Header("Authorization", $"Bearer {(await ServiceUnderTest.A.OwnerAsync()).AccessToken}").Json(body).SendAsync())
            .ShouldFail(400, "invalid_json");
    }

    [TestCase("\\u0000")]
    [TestCase("\\ud800")]
    [TestCase("\\udc00\\ud800")]
    public async Task A_text_that_no_text_can_hold_is_refused(string text) =>
        (await PostAsync(Encoding.UTF8.GetBytes(Sample.Contact("29", "C1").With("surname", "HERE").ToJsonString().Replace("HERE", text, StringComparison.Ordinal))))
            .ShouldFail(400, "invalid_characters");

    private static async Task<ApiAnswer> PostAsync(byte[] body, params (string Name, string Value)[] headers)
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();
        var request = new RawRequest("POST /rest/contact/contact").Header("Authorization", $"Bearer {owner.AccessToken}").Header("Content-Type", "application/json").Header("Content-Length", $"{body.Length}");
        return await headers.Aggregate(request, (sent, header) => sent.Header(header.Name, header.Value)).Body(body).SendAsync();
    }
}
