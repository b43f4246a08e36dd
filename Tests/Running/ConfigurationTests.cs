using System.Net;
using CrmImport.Infrastructure.Pipeline;
using Microsoft.Extensions.Configuration;

namespace CrmImport.Tests.Running;

/// <summary>Settings that cannot be: each is named in a sentence, by the start and by the check.</summary>
public sealed class ConfigurationTests
{
    private const string Certificate = "Kestrel__Endpoints__Https__Certificate__";

    private readonly CertificateFiles files = new("crm.example");

    [TearDown]
    public void RemoveFiles() => files.Dispose();

    private static IEnumerable<TestCaseData> BadListening()
    {
        yield return Case("no such certificate", files => new() { ["Path"] = "/nowhere/cert.pfx" }, ":Path names a file that cannot be read");
        yield return Case("a certificate that is none", files => new() { ["Path"] = files.Garbage }, ": ");
        yield return Case("a wrong password", files => new() { ["Path"] = files.Pfx, ["Password"] = "wrong" }, ": ");
        yield return Case("no password", files => new() { ["Path"] = files.Pfx }, ": ");
        yield return Case("a PEM without a key", files => new() { ["Path"] = files.Pem }, ": ");
        yield return Case("no such key", files => new() { ["Path"] = files.Pem, ["KeyPath"] = "/nowhere/key.pem" }, ":KeyPath names a file that cannot be read");
        yield return Case("another's key", files => new() { ["Path"] = files.Pem, ["KeyPath"] = files.OtherKey }, ": ");
        yield return Case("a sealed key", files => new() { ["Path"] = files.Pem, ["KeyPath"] = files.EncryptedKey, ["Password"] = "wrong" }, ": ");
        yield return Case("a key that is none", files => new() { ["Path"] = files.Pem, ["KeyPath"] = files.Garbage }, ": ");

        static TestCaseData Case(string what, Func<CertificateFiles, Dictionary<string, string?>> settings, string words) => new TestCaseData(settings, words).SetArgDisplayNames(what);
    }

    [TestCaseSource(nameof(BadListening))]
    public void A_certificate_that_cannot_be_served_is_named_in_one_sentence(object settings, string words)
    {
        var certificate = ((Func<CertificateFiles, Dictionary<string, string?>>)settings)(files);
        foreach (var section in new[] { "Kestrel:Endpoints:Https:Certificate", "Kestrel:Endpoints:Https:Sni:crm.example:Certificate", "Kestrel:Certificates:Default" })
        {
            var faults = FaultsOf([new("Kestrel:Endpoints:Https:Url", "https://*:8443"), .. certificate.Select(setting => KeyValuePair.Create($"{section}:{setting.Key}", setting.Value))]);

            Assert.That(faults, Has.Length.EqualTo(1).And.All.StartsWith(section + words).And.All.EndsWith(".").And.None.Contains("\n"));
        }
    }

    [Test]
    public void Certificates_in_the_formats_of_Kestrel_are_sound()
    {
        Assert.That(FaultsOf([new("Kestrel:Certificates:Default:Path", files.Pfx), new("Kestrel:Certificates:Default:Password", CertificateFiles.Password)]), Is.Empty);
        Assert.That(FaultsOf([new("Kestrel:Certificates:Default:Path", files.Pem), new("Kestrel:Certificates:Default:KeyPath", files.Key)]), Is.Empty);
        Assert.That(FaultsOf([new("Kestrel:Certificates:Default:Subject", "crm.example"), new("Kestrel:Certificates:Default:Store", "My")]), Is.Empty);
    }

    [TestCase("http://*:80", true)]
    [TestCase("https://[::]:443", true)]
    [TestCase("http://crm.example", true)]
    [TestCase("http://unix:/run/crm.sock", true)]
    [TestCase("nonsense", false)]
    [TestCase("http://localhost:80x", false)]
    [TestCase("http://localhost:99999", false)]
    [TestCase("ftp://localhost", false)]
    [TestCase("http://127.0.0.1:80/path", false)]
    public void A_URL_that_cannot_be_listened_on_is_named_by_its_setting(string url, bool isSound)
    {
        Assert.That(FaultsOf([new("urls", $"http://*:81;{url}")]), isSound ? Is.Empty : Has.Length.EqualTo(1).And.All.StartsWith($"urls (--urls or ASPNETCORE_URLS) has {url},"));
        Assert.That(FaultsOf([new("Kestrel:Endpoints:Main:Url", url)]), isSound ? Is.Empty : Has.Length.EqualTo(1).And.All.StartsWith($"Kestrel:Endpoints:Main:Url has {url},"));
    }

    [Test]
    public void A_port_that_is_no_number_and_an_endpoint_without_a_URL_are_named_too()
    {
        Assert.That(FaultsOf([new("http_ports", "80;many")]), Has.Length.EqualTo(1).And.All.StartsWith("http_ports (ASPNETCORE_HTTP_PORTS) has"));
        Assert.That(FaultsOf([new("Kestrel:Endpoints:Main:Protocols", "Http1")]), Is.EqualTo(new[] { "Kestrel:Endpoints:Main:Url has no URL." }));
    }

    [Test]
    public Task A_certificate_that_is_not_there_stops_the_start_with_one_sentence() =>
        FailsAsync(new() { ["Kestrel__Endpoints__Https__Url"] = "https://127.0.0.1:0", [$"{Certificate}Path"] = "/nowhere/cert.pfx" }, [], "Kestrel:Endpoints:Https:Certificate:Path");

    [Test]
    public Task An_endpoint_that_has_no_certificate_stops_the_start_with_one_sentence() =>
        FailsAsync(new() { ["Kestrel__Endpoints__Https__Url"] = "https://127.0.0.1:0" }, [], "No server certificate was specified");

    [Test]
    public Task A_URL_that_is_none_stops_the_start_with_one_sentence() => FailsAsync([], ["--urls", "http://127.0.0.1:0;nonsense"], "urls (--urls or ASPNETCORE_URLS) has nonsense");

    [Test]
    public async Task A_certificate_and_its_encrypted_key_are_served()
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>
        {
            ["Databases__cv_a"] = ServiceUnderTest.A.ConnectionString,
            ["Kestrel__Endpoints__Https__Url"] = "https://127.0.0.1:0",
            [$"{Certificate}Path"] = files.Pem,
            [$"{Certificate}KeyPath"] = files.EncryptedKey,
            [$"{Certificate}Password"] = CertificateFiles.Password,
        });
        var url = await service.ListeningAsync();
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = HttpClientHandler.DangerousAcceptAnyServerCertificateValidator };
        using var client = new HttpClient(handler);

        Assert.That((await client.GetAsync(new Uri(url, "/health/live"))).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task The_check_names_every_setting_that_is_wrong()
    {
        Dictionary<string, string> settings = new()
        {
            ["Databases__master"] = "Host=x",
            ["Databases__cv_a"] = "nonsense",
            ["Databases__cv_b"] = "",
            ["Databases__cv_c__File"] = "/nowhere/secret",
            ["Databases__cv_d"] = "Host=/nowhere",
            ["Auth__AcessTokenMinutes"] = "5",
            ["Auth__PasswordIterations"] = "1000",
            ["Auth__RefreshTokenDays"] = "a month",
            ["Auth__KeyProtection__File"] = "/nowhere/protection",
            ["Limits__BodyBytes"] = "many",
            ["Limits__Headers"] = "1",
            ["Https__Required"] = "perhaps",
            ["Proxies__Trusted__0"] = "10.0.0.0/99",
            ["Proxies__Trusted__1"] = "10.0.0.1",
            ["Proxies__Trusted__2"] = "everybody",
            ["Telemetry__MetricsToken"] = "short",
            ["Telemetry__MetricsPort"] = "70000",
            ["Audit__RefusedDays"] = "-1",
            ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
            ["Kestrel__Endpoints__Https__Url"] = "https://127.0.0.1:0",
            [$"{Certificate}Path"] = "/nowhere/cert.pfx",
            ["Kestrel__Endpoints__Other__Url"] = "nonsense",
        };

        await using var check = ServiceProcess.Start(settings, "--check-config");

        Assert.That(await check.ExitCodeAsync(), Is.EqualTo(1));
        var faults = check.Errors.Split('\n');
        string[] expected =
        [
            "Databases:master", "Databases:cv_a", "Databases:cv_b", "Databases:cv_c:File", "Auth:AcessTokenMinutes", "Auth:PasswordIterations", "Auth:RefreshTokenDays", "Auth:KeyProtection:File",
            "Limits:BodyBytes", "Limits:Headers", "Https:Required", "10.0.0.0/99", "everybody", "Telemetry:MetricsToken", "Telemetry:MetricsPort", "Audit:RefusedDays",
            "ASPNETCORE_FORWARDEDHEADERS_ENABLED", "Kestrel:Endpoints:Https:Certificate:Path", "Kestrel:Endpoints:Other:Url",
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (var key in expected)
            {
                Assert.That(faults.Count(fault => fault.Contains(key, StringComparison.Ordinal)), Is.EqualTo(1), $"{key}\n{check.Errors}");
            }

            Assert.That(faults, Has.Length.EqualTo(expected.Length), check.Errors);
            Assert.That(faults, Is.All.EndsWith("."));
        }
    }

    [Test]
    public async Task The_start_names_every_setting_of_its_sections_that_is_wrong()
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>
        {
            ["Databases__cv_a"] = "Host=/nowhere",
            ["Auth__AcessTokenMinutes"] = "5",
            ["Auth__PasswordIterations"] = "1000",
            ["Limits__BodyBytes"] = "many",
            ["Audit__RefusedDays"] = "-1",
        });

        Assert.That(await service.ExitCodeAsync(), Is.EqualTo(1));
        Assert.That(service.Errors.Split('\n'), Has.Length.EqualTo(4), service.Errors);
    }

    private static string[] FaultsOf(IEnumerable<KeyValuePair<string, string?>> settings) =>
        [.. ListenSettings.FaultsOf(new ConfigurationBuilder().AddInMemoryCollection(settings).Build(), ServiceProcess.Root)];

    private static async Task FailsAsync(Dictionary<string, string> settings, string[] arguments, string words)
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>(settings) { ["Databases__cv_a"] = "Host=/nowhere" }, arguments);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(await service.ExitCodeAsync(), Is.EqualTo(1), service.Errors);
            Assert.That(service.Errors, Does.Contain(words));
            Assert.That(service.Errors.Split('\n'), Has.Length.EqualTo(1), service.Errors);
            Assert.That(service.Output, Does.Not.Contain("   at "));
        }
    }
}
