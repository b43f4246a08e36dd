using System.Net;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>GET /api and /api/v1 say what there is, to anybody.</summary>
public sealed class ApiIndexTests
{
    [TestCase("/api")]
    [TestCase("/api/")]
    [TestCase("/api/v1")]
    [TestCase("/api/v1/")]
    public async Task The_index_has_the_version_and_links_that_lead_somewhere(string path)
    {
        var index = (await ApiClient.Anonymous.GetAsync(path)).ShouldBe(HttpStatusCode.OK).Json;
        var owner = await ServiceUnderTest.A.OwnerAsync();

        Assert.That($"{index["name"]} {index["result"]}", Is.EqualTo("CrmImport success"));
        Assert.That($"{index["version"]}", Is.EqualTo($"{(await ApiClient.Anonymous.GetAsync("/openapi/v1.json")).Json["info"]!["version"]}"));
        Assert.That(index["links"]!.AsObject().Select(link => link.Key), Is.SupersetOf(new[] { "contacts", "clients", "parties", "audit", "imports", "admin/accounts", "docs", "openapi" }));
        foreach (var (name, address) in index["links"]!.AsObject())
        {
            var answer = await owner.GetAsync($"{address}");
            Assert.That((int)answer.Status, Is.AnyOf(200, 405), name);
        }
    }

    [TestCase("api")]
    [TestCase("api/v1")]
    public async Task Below_a_database_in_the_path_the_links_keep_it(string path)
    {
        var index = (await ApiClient.Anonymous.GetAsync($"/{ServiceUnderTest.A.Name}/{path}")).ShouldBe(HttpStatusCode.OK).Json;
        Assert.That($"{index["links"]!["contacts"]}", Is.EqualTo($"/{ServiceUnderTest.A.Name}/api/v1/contacts"));
    }
}
