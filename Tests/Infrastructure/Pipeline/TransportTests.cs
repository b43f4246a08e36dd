using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>Who may use plain HTTP, whose word about a client's address counts, and which headers every answer has.</summary>
public sealed class TransportTests
{
    private const string Far = "203.0.113.9";

    [TestCase("127.0.0.1", false)]
    [TestCase("::ffff:127.0.0.1", false)]
    [TestCase("::1", false)]
    [TestCase("10.1.2.3", false)]
    [TestCase("::ffff:10.1.2.3", false)]
    [TestCase("11.1.2.3", true)]
    [TestCase("2001:db8::1", true)]
    public async Task Plain_HTTP_is_taken_from_loopback_and_trusted_proxies_only(string peer, bool isRefused)
    {
        var service = await Proxied.Value;
        foreach (var path in new[] { "/api/v1/clients/1", "/no/such/route", "/docs/index.html" })
        {
            var answer = await service.GetAsync(path, (GuardedService.PeerHeader, peer), ("X-Forwarded-Proto", "https"), ("X-Forwarded-For", "127.0.0.1"));
            Assert.That(answer.Status == HttpStatusCode.Forbidden, Is.EqualTo(isRefused), answer.Body);
            if (isRefused)
            {
                Assert.That(answer.ShouldFail(403, "https_required").Text("result_msg"), Does.Contain("HTTPS").And.Contain("Proxies:Trusted"));
            }
        }

        (await service.GetAsync("/health/live", (GuardedService.PeerHeader, peer))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Plain_HTTP_can_be_allowed()
    {
        await using var service = await GuardedService.StartAsync(("Https:Required", "false"));

        (await service.LogInAsync(await service.Database.AddOperatorAsync(), TestDatabase.Password, Far)).ShouldBe(HttpStatusCode.OK);
    }

    [TestCase("10.1.2.3", "198.51.100.7", "198.51.100.7")]
    [TestCase("::ffff:10.1.2.3", "198.51.100.7", "198.51.100.7")]
    [TestCase("10.1.2.3", "192.0.2.66, 198.51.100.7, 10.9.9.9", "198.51.100.7")]
    [TestCase("10.1.2.3", "rubbish", "10.1.2.3")]
    [TestCase("127.0.0.1", "198.51.100.7", "127.0.0.1")]
    public async Task The_address_in_the_audit_is_the_one_a_trusted_proxy_tells_and_no_other(string peer, string forwardedFor, string recorded)
    {
        var service = await Proxied.Value;
        var opId = await service.Database.AddOperatorAsync();

        (await new ApiClient(url: service.Url).PostAsync(
            "/api/v1/auth/login", TestSession.Credentials(opId), (GuardedService.PeerHeader, peer), ("X-Forwarded-For", forwardedFor), ("X-Forwarded-Proto", "https"))).ShouldBe(HttpStatusCode.OK);

        Assert.That(await service.Database.QueryAsync<string>("select address from audit_entry where account = @opId", new { opId }), Is.EqualTo(recorded));
    }

    [TestCase("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true", "Proxies:Trusted")]
    [TestCase("Proxies__Trusted__0", "10.0.0.0/33", "10.0.0.0/33")]
    [TestCase("Proxies__Trusted__1", "10", "10")]
    [TestCase("Proxies__Trusted", "10.0.0.0/8", "Proxies__Trusted__0")]
    [TestCase("Https__Required", "perhaps", "Https:Required")]
    public async Task Settings_that_trust_everybody_or_cannot_be_read_stop_the_start(string name, string value, string named)
    {
        await using var process = ServiceProcess.Start(new Dictionary<string, string> { [name] = value, ["Databases__cv_a"] = "Host=127.0.0.1;Port=1" });

        Assert.That(await process.ExitCodeAsync(), Is.EqualTo(1));
        Assert.That(process.Errors, Does.Contain(named));
    }

    [Test]
    public async Task HTTPS_is_served_by_a_certificate_and_tells_browsers_to_stay_with_it()
    {
        var directory = Directory.CreateTempSubdirectory("crmimport-tls-");
        try
        {
            var (certificate, key, hash) = WriteCertificate(directory.FullName);
            await using var service = ServiceProcess.Start(new Dictionary<string, string>
            {
                ["Databases__cv_own"] = await ServiceUnderTest.CreateDatabaseAsync($"cv_own_{Guid.NewGuid().ToString("N")[..8]}"),
                ["Kestrel__Endpoints__Https__Url"] = "https://127.0.0.1:0",
                ["Kestrel__Endpoints__Https__Certificate__Path"] = certificate,
                ["Kestrel__Endpoints__Https__Certificate__KeyPath"] = key,
            });
            using var http = new HttpClient(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = (_, given, _, _) => given?.GetCertHashString() == hash } });
            var url = await service.ListeningAsync();

            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(url, "/no/such/route")) { Headers = { Host = "crm.example" } };
            using var named = await http.SendAsync(request);
            using var local = await http.GetAsync(new Uri(url, "/health/ready"));

            Assert.That(url.Scheme, Is.EqualTo("https"));
            Assert.That(named.StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
            Assert.That(named.Headers.GetValues("Strict-Transport-Security"), Is.EqualTo(new[] { "max-age=31536000" }));
            Assert.That(local.StatusCode, Is.EqualTo(HttpStatusCode.OK));
            Assert.That(local.Headers.Contains("Strict-Transport-Security"), Is.False, "on this machine by address");
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Test]
    public async Task Every_answer_has_the_headers_that_keep_browsers_from_harm()
    {
        var service = await Proxied.Value;
        var token = (await service.LogInAsync(await service.Database.AddOperatorAsync(level: 10), TestDatabase.Password, "127.0.0.1")).Json["result"]!["access_token"]!.GetValue<string>();
        var client = new ApiClient(token, service.Url);
        ApiAnswer[] answers =
        [
            (await client.GetAsync("/api/v1/audit")).ShouldBe(HttpStatusCode.OK),
            (await client.GetAsync("/no/such/route")).ShouldBe(HttpStatusCode.NotFound),
            (await client.PostAsync("/rest/contact/contact", "[")).ShouldBe(HttpStatusCode.BadRequest),
            (await client.GetAsync("/rest/contact/contact")).ShouldBe(HttpStatusCode.MethodNotAllowed),
            (await service.GetAsync("/api/v1/audit")).ShouldBe(HttpStatusCode.Unauthorized),
            (await service.GetAsync("/api/v1/audit", (GuardedService.PeerHeader, Far))).ShouldBe(HttpStatusCode.Forbidden),
            (await service.GetAsync("/health/live")).ShouldBe(HttpStatusCode.OK),
            await FailAsync(),
        ];

        using (Assert.EnterMultipleScope())
        {
            foreach (var answer in answers)
            {
                Assert.That(answer.Header("X-Content-Type-Options"), Is.EqualTo("nosniff"), answer.Body);
                Assert.That(answer.Header("X-Frame-Options"), Is.EqualTo("DENY"), answer.Body);
                Assert.That(answer.Header("Referrer-Policy"), Is.EqualTo("no-referrer"), answer.Body);
                Assert.That(answer.Header("Cache-Control"), Is.EqualTo("no-store"), answer.Body);
                Assert.That(answer.Header("Content-Security-Policy"), Is.EqualTo("default-src 'none'; frame-ancestors 'none'"), answer.Body);
                Assert.That(answer.Headers.ContainsKey("Strict-Transport-Security"), Is.False, "on plain HTTP");
            }
        }
    }

    [Test]
    public async Task The_page_of_the_API_may_use_its_own_scripts()
    {
        foreach (var file in new[] { "/docs/index.html", "/docs/swagger-ui.css", "/docs/swagger-ui-bundle.js" })
        {
            var answer = (await ApiClient.Anonymous.GetAsync(file)).ShouldBe(HttpStatusCode.OK);
            Assert.That(answer.Header("Content-Security-Policy"), Does.StartWith("default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"), file);
            Assert.That(answer.Header("X-Frame-Options"), Is.EqualTo("DENY"), file);
        }
    }

    private static readonly Lazy<Task<GuardedService>> Proxied = new(() => GuardedService.StartAsync(("Proxies:Trusted:0", "10.0.0.0/8")));

    [OneTimeTearDown]
    public static async Task StopAsync()
    {
        if (Proxied.IsValueCreated)
        {
            await (await Proxied.Value).DisposeAsync();
        }
    }

    // A table that is away is our fault, and the answer one that was cleared of its headers on the way.
    private static async Task<ApiAnswer> FailAsync()
    {
        await using var broken = await GuardedService.StartAsync();
        await broken.Database.ExecuteAsync("drop table login_failure");
        return (await broken.LogInAsync("anybody", "x", "127.0.0.1")).ShouldFail(500, "internal");
    }

    private static (string Certificate, string Key, string Hash) WriteCertificate(string directory)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=crm.example", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var (path, keyPath) = (Path.Combine(directory, "certificate.pem"), Path.Combine(directory, "key.pem"));
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
        return (path, keyPath, certificate.GetCertHashString());
    }
}
