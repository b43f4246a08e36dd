using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Rules.ListCustomFields;

/// <summary>GET /api/v1/admin/custom-fields.</summary>
public sealed class ListCustomFieldsTests
{
    private const string Path = "/api/v1/admin/custom-fields";

    [Test]
    public async Task They_are_listed_by_name_filtered_and_in_pages()
    {
        var owner = await (await ServiceUnderTest.AddDatabaseAsync()).OwnerAsync();
        foreach (var (name, definition) in new[] { ("location.b", """{"type":"date"}"""), ("contact.z", """{"type":"text"}"""), ("contact.a", """{"type":"text","retired":true}""") })
        {
            (await owner.PutAsync($"{Path}/{name}", JsonNode.Parse(definition)!)).ShouldBe(HttpStatusCode.Created);
        }

        Assert.That(await NamesAsync(""), Is.EqualTo("contact.a contact.z location.b"));
        Assert.That(await NamesAsync("?$filter=retired eq false and type eq 'text'"), Is.EqualTo("contact.z"));
        Assert.That(await NamesAsync("?size=1&position=1&orderBy=name desc"), Is.EqualTo("contact.z"));

        async Task<string> NamesAsync(string query) => string.Join(' ', (await owner.GetAsync(Path + query)).ShouldBe(HttpStatusCode.OK).Json["items"]!.AsArray().Select(item => $"{item!["name"]}"));
    }
}
