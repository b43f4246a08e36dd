using System.Net;
using System.Text;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Infrastructure.Tenancy;

/// <summary>Which database a request is for: by its credential, a header, the first segment of its path, its host, or the settings.</summary>
public sealed class RequestedDatabaseTests
{
    private static TestDatabase A => ServiceUnderTest.A;

    private static TestDatabase B => ServiceUnderTest.B;

    [Test]
    public async Task A_path_may_begin_with_the_name_of_the_database()
    {
        var owner = await A.OwnerAsync();
        var opId = await A.AddOperatorAsync(10);
        var clientRef = await A.AddClientAsync();
        var basic = ("Authorization", $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{await A.AddAccountAsync("api", 10)}:{TestDatabase.Password}"))}");

        (await LogInAsync(opId, $"/{A.Name}")).ShouldBe(HttpStatusCode.OK);
        var created = (await owner.PutAsync($"/{A.Name}/api/v1/clients/{clientRef}/contacts/C%2F1", Sample.Contact(clientRef, "C/1"))).ShouldBe(HttpStatusCode.Created);
        Assert.That(created.Header("Location"), Is.EqualTo($"/{A.Name}/api/v1/clients/{clientRef}/contacts/C%2F1"));
        (await owner.GetAsync(created.Header("Location"))).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.GetAsync(created.Header("Location"), basic)).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.GetAsync($"/{A.Name}/api/parties?size=1", basic)).ShouldBe(HttpStatusCode.OK);
        (await ApiClient.Anonymous.GetAsync($"/{A.Name}/api/parties?size=1", basic, ("x-database", A.Name))).ShouldBe(HttpStatusCode.OK);
        (await owner.GetAsync($"/{A.Name}/api/v1/nothing")).ShouldFail(404, "route_not_found");
        (await owner.GetAsync($"/{A.Name}/health/live")).ShouldFail(404, "route_not_found");
    }

    [Test]
    public async Task A_path_that_names_another_database_than_the_credential_or_the_header_is_401()
    {
        var owner = await A.OwnerAsync();
        var opId = await A.AddOperatorAsync(10);
        var key = await A.AddKeyAsync();

        var wrong = (await LogInAsync(opId, $"/{A.Name}", "wrong", ("x-database", A.Name))).ShouldFail(401, "bad_credentials");
        ApiAnswer[] refused =
        [
            await LogInAsync(opId, $"/{B.Name}", headers: ("x-database", A.Name)),
            await LogInAsync(opId, $"/{A.Name}", headers: ("x-collect-database", B.Name)),
            await LogInAsync(opId, "/cv_nothing_of_the_kind"),
            await LogInAsync(opId, "/Cust12345"),
            await LogInAsync(opId, "/%F0%9F%98%80"),
        ];

        Assert.That(refused.Select(answer => Comparable(answer.ShouldFail(401, "bad_credentials"))), Is.All.EqualTo(Comparable(wrong)));
        (await owner.GetAsync($"/{B.Name}/api/v1/contacts")).ShouldFail(401, "not_authenticated");
        (await owner.GetAsync($"/{A.Name}/api/v1/contacts", ("x-database", B.Name))).ShouldFail(401, "not_authenticated");
        (await owner.GetAsync("/nothing/api/v1/contacts")).ShouldFail(401, "not_authenticated");
        (await new ApiClient(key.AccessKey).GetAsync($"/{B.Name}/api/v1/contacts")).ShouldFail(401, "not_authenticated");
        (await LogInAsync(opId, $"/{A.Name}", headers: [("x-database", A.Name), ("x-collect-database", B.Name)])).ShouldFail(400, "database_headers_differ");
    }

    [Test]
    public async Task Where_nothing_names_a_database_it_is_the_one_of_the_host_or_the_default()
    {
        var (first, second, gone) = (NewName(), NewName(), NewName());
        var (ofFirst, ofSecond) = (await ServiceUnderTest.CreateDatabaseAsync(first), await ServiceUnderTest.CreateDatabaseAsync(second));
        await using var service = await GuardedService.StartAsync(
            ($"Databases:{first}", ofFirst),
            ($"Databases:{second}", ofSecond),
            ("Tenancy:Default", first),
            ("Tenancy:Hosts:second.example.com", second),
            ("Tenancy:Hosts:gone.example.com", gone),
            ("Tenancy:Aliases:Cust12345", second));
        var tenants = service.Services.GetRequiredService<Tenants>();
        var inFirst = await new TestDatabase(tenants.Find(first)!, ofFirst).AddOperatorAsync(10);
        var inSecond = await new TestDatabase(tenants.Find(second)!, ofSecond).AddOperatorAsync(10);

        (await LogInAsync(inFirst)).ShouldBe(HttpStatusCode.OK);
        (await LogInAsync(inSecond)).ShouldFail(401, "bad_credentials");
        (await LogInAsync(inSecond, ("Host", "second.example.com"))).ShouldBe(HttpStatusCode.OK);
        (await LogInAsync(inSecond, ("Host", "SECOND.example.com:8080"))).ShouldBe(HttpStatusCode.OK);
        (await LogInAsync(inFirst, ("Host", "second.example.com"))).ShouldFail(401, "bad_credentials");
        (await LogInAsync(inFirst, ("Host", "second.example.com"), ("x-database", first))).ShouldBe(HttpStatusCode.OK);
        (await LogInAsync(inFirst, ("Host", "gone.example.com"))).ShouldFail(401, "bad_credentials");
        (await LogInAsync(inSecond, ("x-database", "cust12345"))).ShouldBe(HttpStatusCode.OK);
        (await LogInAsync(inSecond, ("x-database", "Cust12345"), ("x-collect-database", second))).ShouldBe(HttpStatusCode.OK);

        // A credential says more than its host.
        var one = (await LogInAsync(inFirst)).Json["result"]!["access_token"]!.GetValue<string>();
        (await new ApiClient(one, service.Url).GetAsync("/api/v1/contacts", ("Host", "second.example.com"))).ShouldBe(HttpStatusCode.OK);
        (await new ApiClient(one, service.Url).GetAsync("/Cust12345/api/v1/contacts")).ShouldFail(401, "not_authenticated");
        (await new ApiClient(one, service.Url).GetAsync("/api/v1/contacts", ("x-database", "Cust12345"))).ShouldFail(401, "not_authenticated");

        Task<ApiAnswer> LogInAsync(string opId, params (string Name, string Value)[] headers) =>
            new ApiClient(url: service.Url).PostAsync("/api/v1/auth/login", TestSession.Credentials(opId), headers);
    }

    private static Task<ApiAnswer> LogInAsync(string opId, string prefix, string password = TestDatabase.Password, params (string Name, string Value)[] headers) =>
        ApiClient.Anonymous.PostAsync($"{prefix}/api/v1/auth/login", TestSession.Credentials(opId, password), headers);

    private static string Comparable(ApiAnswer answer)
    {
        var body = answer.Json.DeepClone().AsObject();
        body.Remove("trace_id");
        return body.ToJsonString();
    }

    private static string NewName() => $"cv_req_{Guid.NewGuid():N}"[..20];
}
