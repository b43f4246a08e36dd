using System.Net;
using CrmImport.Infrastructure.Callers;

namespace CrmImport.Tests.Infrastructure.Auth;

/// <summary>Every route with every kind of credential, from the table of the routes there are: what opens them, and what does not.</summary>
public sealed class RouteCredentialTests
{
    private static readonly string[] Working = ["POST /api/v1/auth/logout", "GET /api/v1/User/currentPrincipal"];

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task A_route_opens_to_whom_its_permissions_say_whatever_the_credential()
    {
        var routes = Routes.OrderBy(IsLogout).ToArray();
        var nobodys = (await Database.AddKeyAsync()) with { Secret = new string('x', 43) };
        Sender[] senders =
        [
            new("owner", true, null, [("Authorization", $"Bearer {(await TestSession.OpenAsync(Database)).AccessToken}")]),
            new("operator without permissions", true, [], [("OS_REST_AUTH_TOKEN", (await TestSession.OpenAsync(Database, 9)).AccessToken)]),
            new("operator", true, ["client:read", "audit:read"], [("Authorization", $"Bearer {(await TestSession.OpenAsync(Database, 1, "client:read", "audit:read")).AccessToken}")]),
            new("api account", false, ["contact:read"], [BasicTests.Basic(await Database.AddAccountAsync(AccountKinds.Api, 1, "contact:read")), ("x-database", Database.Name)]),
            new("service account", false, ["contact:add", "location:edit"], [(await Database.AddKeyAsync(1, ["contact:add", "location:edit"])).Header]),
            new("service account's bearer", false, [], [(await Database.AddKeyAsync(1)).Bearer]),
            new("service account's ticket", false, ["integration:manage"], (await Database.AddKeyAsync(1, ["integration:manage"])).Ticket),
            new("owner's key", false, null, (await Database.AddKeyAsync(10)).Ticket),
        ];
        (string Name, string Value)[][] strangers = [[], [("x-database", Database.Name)], nobodys.Ticket, [("X-Access-Key", "crmk.x")], [("Authorization", "Bearer x")]];

        using (Assert.EnterMultipleScope())
        {
            foreach (var route in routes)
            {
                foreach (var sender in senders)
                {
                    var answer = await SendAsync(route, sender.Headers);
                    Assert.That(ClassOf(answer), Is.EqualTo(sender.May(route) ? "open" : "403 forbidden"), $"{sender.Name}: {route}: {answer.Body}");
                }

                foreach (var headers in strangers)
                {
                    var answer = await SendAsync(route, headers);
                    Assert.That(ClassOf(answer), Is.EqualTo(route.Access!.IsOpen ? "open" : "401 not_authenticated"), $"{route}: {answer.Body}");
                }
            }
        }
    }

    [Test]
    public async Task No_route_takes_a_key_or_a_password_of_another_database()
    {
        var key = await Database.AddKeyAsync();
        (await ApiClient.Anonymous.GetAsync("/api/v1/audit?size=1", key.Header)).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            foreach (var route in Routes.Where(route => !route.Access!.IsOpen))
            {
                foreach (var header in new[] { "x-database", "x-collect-database" })
                {
                    foreach (var headers in new[] { [key.Header], [key.Bearer], [("OS_REST_AUTH_TOKEN", key.AccessKey)], key.Ticket })
                    {
                        Assert.That(ClassOf(await SendAsync(route, [.. headers, (header, ServiceUnderTest.B.Name)])), Is.EqualTo("401 not_authenticated"), $"{route}");
                    }
                }

                // each is hashed, which takes a tenth of a second of a processor
                Assert.That(ClassOf(await SendAsync(route, [await PasswordOfAsync(), ("x-database", ServiceUnderTest.B.Name)])), Is.EqualTo("401 not_authenticated"), $"{route}");
            }
        }
    }

    [Test]
    public async Task While_the_api_is_switched_off_sessions_and_administration_work_on_and_nothing_else()
    {
        var own = await ServiceUnderTest.AddDatabaseAsync();
        var (session, key) = (await TestSession.OpenAsync(own), await own.AddKeyAsync());
        await own.ExecuteAsync("update database_setting set api_enabled = false");
        own.Tenant.Settings.Forget();

        using (Assert.EnterMultipleScope())
        {
            foreach (var route in Routes.OrderBy(IsLogout))
            {
                var worksOn = route.Access!.IsOpen || Working.Contains($"{route}") || route.Pattern.StartsWith("/api/v1/admin/", StringComparison.Ordinal);
                foreach (var headers in new[] { [("Authorization", $"Bearer {session.AccessToken}")], key.Ticket })
                {
                    var answer = await SendAsync(route, headers);
                    Assert.That(answer.Status == HttpStatusCode.Forbidden && answer.Text("code") == "api_disabled", Is.EqualTo(!worksOn), $"{route}: {answer.Body}");
                }

                Assert.That(ClassOf(await SendAsync(route, [("x-database", own.Name)])), Is.EqualTo(route.Access.IsOpen ? "open" : "401 not_authenticated"), $"{route}");
            }
        }

        await own.ExecuteAsync("update database_setting set api_enabled = true");
        await Running.ServiceProcess.UntilAsync(() => ApiClient.Anonymous.GetAsync("/api/v1/clients", key.Header), HttpStatusCode.OK);
    }

    /// <summary>All but the metrics, which have a token of their own.</summary>
    private static IEnumerable<Route> Routes => RouteTable.All.Where(route => route.Path != "/metrics");

    private static bool IsLogout(Route route) => route.Path.EndsWith("/logout", StringComparison.Ordinal);

    // The same op_id in the other database, with another password whose hash is cheap; one of its own each time, since failures are counted.
    private static async Task<(string, string)> PasswordOfAsync()
    {
        var opId = await ServiceUnderTest.B.AddAccountAsync(AccountKinds.Api, level: 10);
        await ServiceUnderTest.B.ExecuteAsync("update account set password_hash = 'pbkdf2-sha512$1$AAAA$AAAA' where op_id = @opId", new { opId });
        return BasicTests.Basic(opId);
    }

    private static Task<ApiAnswer> SendAsync(Route route, params (string Name, string Value)[] headers) =>
        ApiClient.Anonymous.SendAsync(new HttpMethod(route.Method), route.Path, null, headers);

    private static string ClassOf(ApiAnswer answer) =>
        answer.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden ? $"{(int)answer.Status} {answer.Text("code")}" : "open";

    /// <summary>A credential, and the permissions of its account; null for all of them.</summary>
    private sealed record Sender(string Name, bool HasSession, string[]? Permissions, (string Name, string Value)[] Headers)
    {
        public bool May(Route route) =>
            route.Access!.IsOpen || ((HasSession || !IsLogout(route)) && (Permissions is null || route.Access.AnyOf.Count == 0 || route.Access.AnyOf.Intersect(Permissions).Any()));
    }
}
