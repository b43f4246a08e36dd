using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>Which answers are compressed, and that they are the same answers.</summary>
public sealed class CompressionTests
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None });

    [TestCase("gzip", "gzip")]
    [TestCase("GZIP", "gzip")]
    [TestCase("br, gzip", "br")]
    [TestCase("br;q=0.1, gzip", "gzip")]
    [TestCase("*", "br")]
    public async Task A_long_list_is_smaller_and_the_same(string accepted, string used)
    {
        var (owner, path) = await ManyClientsAsync();
        var plain = await owner.GetAsync(path);
        Assert.That(plain.Json["items"]!.AsArray(), Has.Count.EqualTo(1000));

        var (answer, body) = await SendAsync(HttpMethod.Get, path, owner, accepted);

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Content.Headers.ContentEncoding, Is.EqualTo(new[] { used }));
            Assert.That(answer.Headers.Vary, Does.Contain("Accept-Encoding"));
            Assert.That(body.Length, Is.LessThan(plain.Body.Length / 10));
            Assert.That(JsonNode.DeepEquals(JsonNode.Parse(Decode(body, used)), plain.Json), Is.True);
        }
    }

    [TestCase("")]
    [TestCase("identity")]
    [TestCase("gzip;q=0")]
    [TestCase("zstd")]
    public async Task Who_takes_neither_gets_it_as_it_is(string accepted)
    {
        var (owner, path) = await ManyClientsAsync();

        var (answer, body) = await SendAsync(HttpMethod.Get, path, owner, accepted);

        Assert.That((answer.Content.Headers.ContentEncoding.Count, answer.Content.Headers.ContentLength), Is.EqualTo((0, (long?)body.Length)));
        Assert.That(JsonNode.Parse(body)!["items"]!.AsArray(), Has.Count.EqualTo(1000));
    }

    [Test]
    public async Task A_short_answer_is_sent_as_it_is()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();

        var (answer, body) = await SendAsync(HttpMethod.Get, "/api/v1/User/currentPrincipal", owner, "gzip");

        Assert.That((answer.StatusCode, answer.Content.Headers.ContentEncoding.Count), Is.EqualTo((HttpStatusCode.OK, 0)));
        Assert.That($"{JsonNode.Parse(body)!["Associate"]}", Is.Not.Empty);
    }

    [Test]
    public async Task HEAD_says_what_GET_would_without_the_body()
    {
        var (owner, path) = await ManyClientsAsync();

        var (answer, body) = await SendAsync(HttpMethod.Head, path, owner, "gzip");

        Assert.That((answer.StatusCode, $"{answer.Content.Headers.ContentEncoding.SingleOrDefault()}", body.Length), Is.EqualTo((HttpStatusCode.OK, "gzip", 0)));
    }

    [Test]
    public async Task The_tag_of_a_compressed_record_is_the_records_for_reads_and_for_writes()
    {
        var (owner, client) = (await ServiceUnderTest.A.OwnerAsync(), TestDatabase.Unique("client"));
        var path = $"/api/v1/clients/{client}/locations/{client}";
        (await owner.PutAsync($"/api/v1/clients/{client}", new JsonObject())).ShouldBe(HttpStatusCode.Created);
        var long200 = string.Join(' ', Enumerable.Repeat("text", 40));
        var location = new JsonObject { ["name"] = long200, ["address1"] = long200, ["address2"] = long200, ["address3"] = long200, ["address4"] = long200 };
        (await owner.PutAsync(path, location)).ShouldBe(HttpStatusCode.Created);

        var (answer, _) = await SendAsync(HttpMethod.Get, path, owner, "gzip");
        var tag = $"{answer.Headers.ETag}";
        var (same, body) = await SendAsync(HttpMethod.Get, path, owner, "gzip", ("If-None-Match", tag));

        Assert.That((answer.Content.Headers.ContentEncoding.SingleOrDefault(), tag), Is.EqualTo(("gzip", "\"1\"")));
        Assert.That((same.StatusCode, $"{same.Headers.ETag}", body.Length, same.Content.Headers.ContentEncoding.Count), Is.EqualTo((HttpStatusCode.NotModified, tag, 0, 0)));
        (await owner.PatchAsync(path, """{"name":"x"}""", ("If-Match", tag))).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("application/x-ndjson")]
    [TestCase("text/csv")]
    public async Task An_export_of_the_audit_is_compressed_as_it_streams(string type)
    {
        var (owner, client) = (await ServiceUnderTest.A.OwnerAsync(), await ServiceUnderTest.A.AddClientAsync());
        await ServiceUnderTest.A.ExecuteAsync(
            """
            insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, trace_id)
            select now(), 'test', 'human', '127.0.0.1', 'PUT', '/', 200, 'updated', 'client', @client, '' from generate_series(1, 2500)
            """,
            new { client });
        var path = $"/api/v1/audit?clientRef={client}";
        var plain = await owner.GetAsync(path, ("Accept", type));

        var (answer, body) = await SendAsync(HttpMethod.Get, path, owner, "br", ("Accept", type));

        Assert.That(answer.Content.Headers.ContentEncoding, Is.EqualTo(new[] { "br" }));
        Assert.That(body.Length, Is.LessThan(plain.Body.Length / 5));
        Assert.That(Decode(body, "br"), Is.EqualTo(plain.Body));
        Assert.That(plain.Body.Split('\n'), Has.Length.GreaterThan(2500));
    }

    [Test]
    public async Task An_answer_with_a_secret_is_never_compressed()
    {
        // The routes, not only these answers, which may be too short to be compressed at all.
        var secret = RouteTable.All.Where(route => route.IsUncompressed).Select(route => $"{route}");

        Assert.That(secret, Is.EquivalentTo(new[] { "POST /api/v1/auth/login", "POST /api/v1/auth/refresh", "POST /oauth/token", "POST /api/v1/admin/endpoints/{id}/keys", "GET /openapi/v1.json" }));
        var longName = new string('x', 200);
        var opId = await ServiceUnderTest.A.AddOperatorAsync();
        await ServiceUnderTest.A.ExecuteAsync("update account set op_name = @longName where op_id = @opId", new { longName, opId });
        var login = new JsonObject { ["op_id"] = opId, ["op_password"] = TestDatabase.Password }.ToJsonString();
        using var content = new StringContent(login, Encoding.UTF8, "application/json");
        var (answer, body) = await SendAsync(HttpMethod.Post, "/api/v1/auth/login", null, "br, gzip", content, ("x-database", ServiceUnderTest.A.Name));
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentEncoding.Count), Is.EqualTo((HttpStatusCode.OK, 0)));
        Assert.That(JsonNode.Parse(body)!["result"]!["access_token"], Is.Not.Null);
    }

    private static async Task<(ApiClient Owner, string Path)> ManyClientsAsync()
    {
        var prefix = TestDatabase.Unique("many");
        await ServiceUnderTest.A.ExecuteAsync(
            """
            insert into client (client_ref, name, created_at, created_by, updated_at, updated_by)
            select @prefix || i, 'Test', now(), 'test', now(), 'test' from generate_series(1, 1000) i
            """,
            new { prefix });
        return (await ServiceUnderTest.A.OwnerAsync(), $"/api/v1/clients?size=1000&$filter=clientRef begins '{prefix}'");
    }

    private static Task<(HttpResponseMessage Answer, byte[] Body)> SendAsync(HttpMethod method, string path, ApiClient? caller, string accepted, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, caller, accepted, null, headers);

    private static async Task<(HttpResponseMessage Answer, byte[] Body)> SendAsync(
        HttpMethod method, string path, ApiClient? caller, string accepted, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(ServiceUnderTest.Url, path)) { Content = content };
        request.Headers.Authorization = caller is null ? null : new AuthenticationHeaderValue("Bearer", caller.AccessToken);
        foreach (var (name, value) in headers.Append(("Accept-Encoding", accepted)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        var answer = await Http.SendAsync(request);
        return (answer, await answer.Content.ReadAsByteArrayAsync());
    }

    private static string Decode(byte[] body, string coding)
    {
        using var compressed = new MemoryStream(body);
        using Stream plain = coding == "br" ? new BrotliStream(compressed, CompressionMode.Decompress) : new GZipStream(compressed, CompressionMode.Decompress);
        using var text = new StreamReader(plain);
        return text.ReadToEnd();
    }
}
