using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Rules.ReadRequirement;

/// <summary>GET /api/v1/admin/field-requirements/{field}.</summary>
public sealed class ReadRequirementTests
{
    private const string Path = "/api/v1/admin/field-requirements";

    [Test]
    public async Task A_requirement_is_read_back_whole_by_the_field_s_short_name_too()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        var sent = JsonNode.Parse(
            """{"mandatory":true,"nonEmpty":true,"maxLength":50,"pattern":"^[A-Z]","allowed":["A","B"],"default":"A","label":"Remarks","description":"What else","hidden":true}""")!.AsObject();
        (await owner.PutAsync($"{Path}/contact.notes", sent)).ShouldBe(HttpStatusCode.OK);

        var read = (await owner.GetAsync($"{Path}/notes")).ShouldBe(HttpStatusCode.OK);
        foreach (var (name, value) in sent)
        {
            Assert.That(read.Data[name]!.ToJsonString(), Is.EqualTo(value!.ToJsonString()), name);
        }

        Assert.That((await owner.GetAsync($"{Path}/notes", ("If-None-Match", read.Header("ETag")))).Status, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That((await owner.PutAsync($"{Path}/notes", read.Data.DeepClone())).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
        (await owner.GetAsync($"{Path}/colour")).ShouldFail(404, "field_not_found");
        (await owner.GetAsync($"{Path}/notes", ("x-database", ServiceUnderTest.B.Name))).ShouldFail(401, "not_authenticated");
    }
}
