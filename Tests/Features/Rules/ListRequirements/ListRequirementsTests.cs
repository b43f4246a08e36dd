using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Rules.ListRequirements;

/// <summary>GET /api/v1/admin/field-requirements.</summary>
public sealed class ListRequirementsTests
{
    private const string Path = "/api/v1/admin/field-requirements";

    [Test]
    public async Task Every_field_is_listed_and_those_that_somebody_changed_are_found()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        (await owner.PutAsync($"{Path}/client.name", new JsonObject { ["mandatory"] = true, ["label"] = "Company" })).ShouldBe(HttpStatusCode.OK);

        var all = (await owner.GetAsync($"{Path}?size=1000")).ShouldBe(HttpStatusCode.OK).Json;
        var changed = (await owner.GetAsync($"{Path}?$filter=version gt 0&$select=field,mandatory,label")).ShouldBe(HttpStatusCode.OK).Json;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(all["items"]!.AsArray().Select(item => $"{item!["field"]}"), Does.Contain("contact.notes").And.Contain("location.postCode").And.Ordered);
            Assert.That((long)all["total"]!, Is.GreaterThan(35));
            Assert.That(changed["items"]!.ToJsonString(), Is.EqualTo("""[{"field":"client.name","mandatory":true,"label":"Company"}]"""));
            (await (await TestSession.OpenAsync(database, 9, "admin")).Client.GetAsync(Path)).ShouldFail(403, "forbidden");
        }
    }
}
