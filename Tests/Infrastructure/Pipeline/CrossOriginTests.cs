using System.Net;
using CrmImport.Tests.Running;

namespace CrmImport.Tests.Infrastructure.Pipeline;

/// <summary>Calls from web pages of other origins: only those of the settings, and credentials only for origins that are named.</summary>
public sealed class CrossOriginTests
{
    private const string App = "https://app.example.com";

    [TestCase(App, App, "true")]
    [TestCase("https://other.example.com", "", "")]
    [TestCase("https://app.example.com.evil.example", "", "")]
    [TestCase("null", "", "")]
    public async Task A_preflight_is_answered_for_named_origins(string origin, string allowed, string credentials)
    {
        await using var service = await GuardedService.StartAsync(("Cors:Origins:0", App), ("Cors:Origins:1", "http://localhost:5173"));
        var client = new ApiClient(url: service.Url);

        var answer = await client.SendAsync(HttpMethod.Options, "/api/v1/clients/29", null, ("Origin", origin), ("Access-Control-Request-Method", "PATCH"), ("Access-Control-Request-Headers", "authorization,if-match"));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answer.Status, Is.EqualTo(HttpStatusCode.NoContent));
            Assert.That((answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials")), Is.EqualTo((allowed, credentials)));
            Assert.That((answer.Header("Access-Control-Allow-Methods"), answer.Header("Access-Control-Allow-Headers")), Is.EqualTo(allowed == "" ? ("", "") : ("PATCH", "authorization,if-match")));
        }
    }

    [TestCase("/health/live", 200)]
    [TestCase("/api/v1/contacts", 401)]
    [TestCase("/no/such/route", 404)]
    public async Task Answers_and_failures_are_marked_for_the_origin_and_their_headers_can_be_read(string path, int status)
    {
        await using var service = await GuardedService.StartAsync(("Cors:Origins:0", App), ("Cors:Origins:1", "http://localhost:5173"));
        var answer = await new ApiClient(url: service.Url).GetAsync(path, ("Origin", App));

        using (Assert.EnterMultipleScope())
        {
            Assert.That((int)answer.Status, Is.EqualTo(status));
            Assert.That((answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials"), answer.Header("Vary")), Is.EqualTo((App, "true", "Origin")));
            Assert.That(answer.Header("Access-Control-Expose-Headers"), Does.Contain("ETag").And.Contain("X-Outcome"));
        }
    }

    [Test]
    public async Task A_star_is_for_any_origin_without_credentials()
    {
        await using var service = await GuardedService.StartAsync(("Cors:Origins:0", "*"));
        var answer = await new ApiClient(url: service.Url).GetAsync("/health/live", ("Origin", "https://anything.example"));
        Assert.That((answer.Header("Access-Control-Allow-Origin"), answer.Header("Access-Control-Allow-Credentials")), Is.EqualTo(("*", "")));
    }

    [Test]
    public async Task Without_the_setting_nothing_is_said_and_OPTIONS_is_405()
    {
        var answer = await ApiClient.Anonymous.SendAsync(HttpMethod.Options, "/api/v1/contacts", null, ("Origin", App), ("Access-Control-Request-Method", "GET"));
        answer.ShouldFail(405, "method_not_allowed");
        Assert.That(answer.Header("Access-Control-Allow-Origin"), Is.Empty);
    }

    [TestCase("https://app.example.com/", "no origin")]
    [TestCase("app.example.com", "no origin")]
    [TestCase("https://APP.example.com", "no origin")]
    [TestCase("https://app.example.com:443", "no origin")]
    [TestCase("ftp://app.example.com", "no origin")]
    [TestCase("https://a:b@app.example.com", "no origin")]
    [TestCase("*", "must stand alone")]
    public async Task A_wrong_origin_stops_the_start(string origin, string fault)
    {
        await using var service = ServiceProcess.Start(new Dictionary<string, string>
        {
            ["Databases__cv_only"] = ServiceUnderTest.A.ConnectionString,
            ["Cors__Origins__0"] = origin,
            ["Cors__Origins__1"] = App,
        });
        Assert.That(await service.ExitCodeAsync(), Is.EqualTo(1));
        Assert.That(service.Errors, Does.Contain("Cors:Origins").And.Contain(fault));
    }
}
