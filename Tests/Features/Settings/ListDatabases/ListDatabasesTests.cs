using System.Net;

namespace CrmImport.Tests.Features.Settings.ListDatabases;

/// <summary>GET /api/v1/admin/databases.</summary>
public sealed class ListDatabasesTests
{
    [Test]
    public async Task An_administrator_sees_its_own_database_and_no_other()
    {
        var admin = await TestSession.OpenAsync(ServiceUnderTest.A, level: 1, "admin");

        var answer = (await admin.Client.GetAsync("/api/v1/admin/databases")).ShouldBe(HttpStatusCode.OK);

        var own = answer.Json["items"]!.AsArray().Single()!;
        Assert.That($"{own["name"]}", Is.EqualTo(ServiceUnderTest.A.Name));
        Assert.That($"{own["schemaVersion"]}", Is.EqualTo($"{own["newestSchemaVersion"]}"));
        Assert.That(own["sizeBytes"]!.GetValue<long>(), Is.GreaterThan(1_000_000));
        Assert.That($"{own["postgresVersion"]}", Does.Match("^1[5-9]"));
    }

    [Test]
    public async Task Only_administrators_see_the_database()
    {
        var session = await TestSession.OpenAsync(ServiceUnderTest.A, level: 9, "integration:manage", "audit:read");

        (await session.Client.GetAsync("/api/v1/admin/databases")).ShouldFail(403, "forbidden");
        (await (await ServiceUnderTest.B.OwnerAsync()).GetAsync("/api/v1/admin/databases", ("x-database", ServiceUnderTest.A.Name))).ShouldFail(401, "not_authenticated");
    }

    [Test]
    public async Task Beyond_the_one_there_is_nothing_and_a_bad_page_is_refused()
    {
        var owner = await ServiceUnderTest.A.OwnerAsync();

        var page = (await owner.GetAsync("/api/v1/admin/databases?position=1&size=5")).ShouldBe(HttpStatusCode.OK);

        Assert.That(page.Body, Is.EqualTo("""{"result":"success","result_msg":"","total":1,"position":1,"size":5,"items":[]}"""));
        Assert.That((await owner.GetAsync("/api/v1/admin/databases?size=0")).ShouldFail(400, "invalid_parameter").Problems, Is.EqualTo(new[] { "size invalid_parameter" }));
    }
}
