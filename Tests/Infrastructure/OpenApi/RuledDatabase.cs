using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.OpenApi;

/// <summary>A database with requirements and custom fields of its own, for programs that are generated from its document.</summary>
internal static class RuledDatabase
{
    private static readonly (string Path, string Body)[] Rules =
    [
        ("field-requirements/notes", """{"mandatory":true,"maxLength":500,"label":"Remarks"}"""),
        ("field-requirements/contact.salutation", """{"allowed":["Ms","Mr"]}"""),
        ("custom-fields/colour", """{"type":"text","maxLength":20,"label":"Colour"}"""),
        ("custom-fields/score", """{"type":"decimal"}"""),
        ("custom-fields/born", """{"type":"date"}"""),
        ("custom-fields/vip", """{"type":"boolean","mandatory":true,"defaultValue":"false"}"""),
        ("custom-fields/level", """{"type":"integer"}"""),
        ("custom-fields/client.vatNumber", """{"type":"text"}"""),
        ("custom-fields/location.heating", """{"type":"list","list":"usagetype"}"""),
    ];

    /// <summary>The database, and its OpenAPI document.</summary>
    public static async Task<(TestDatabase Database, string Document)> MakeAsync()
    {
        var database = await ServiceUnderTest.AddDatabaseAsync();
        var owner = await database.OwnerAsync();
        foreach (var (path, body) in Rules)
        {
            Assert.That((await owner.PutAsync($"/api/v1/admin/{path}", JsonNode.Parse(body)!)).Status, Is.AnyOf(HttpStatusCode.OK, HttpStatusCode.Created));
        }

        return (database, (await owner.GetAsync($"/openapi/{database.Name}.json")).ShouldBe(HttpStatusCode.OK).Body);
    }
}
