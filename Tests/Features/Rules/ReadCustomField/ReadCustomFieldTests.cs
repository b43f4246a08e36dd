using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Rules.ReadCustomField;

/// <summary>GET /api/v1/admin/custom-fields/{name}.</summary>
public sealed class ReadCustomFieldTests
{
    private const string Path = "/api/v1/admin/custom-fields";

    [Test]
    public async Task A_definition_is_read_back_whole_by_the_field_s_short_name_too()
    {
        var owner = await (await ServiceUnderTest.AddDatabaseAsync()).OwnerAsync();
        var sent = JsonNode.Parse("""{"type":"text","maxLength":50,"mandatory":true,"defaultValue":"A","label":"Remarks","description":"What else","retired":true}""")!.AsObject();
        (await owner.PutAsync($"{Path}/contact.remarks", sent)).ShouldBe(HttpStatusCode.Created);

        var read = (await owner.GetAsync($"{Path}/remarks")).ShouldBe(HttpStatusCode.OK);
        foreach (var (name, value) in sent)
        {
            Assert.That(read.Data[name]!.ToJsonString(), Is.EqualTo(value!.ToJsonString()), name);
        }

        Assert.That((await owner.GetAsync($"{Path}/remarks", ("If-None-Match", read.Header("ETag")))).Status, Is.EqualTo(HttpStatusCode.NotModified));
        Assert.That((await owner.PutAsync($"{Path}/remarks", read.Data.DeepClone())).ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
        Assert.That((await owner.GetAsync($"{Path}/remarks?$select=label")).Data.ToJsonString(), Is.EqualTo("""{"label":"Remarks"}"""));
        (await owner.GetAsync($"{Path}/surname")).ShouldFail(404, "field_not_found");
    }
}
