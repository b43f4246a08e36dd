using System.Net;

namespace CrmImport.Tests.Features.Clients.EditClient;

/// <summary>PATCH /api/v1/clients/{clientRef}, as merge patch and as JSON Patch.</summary>
public sealed class PatchClientTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("""{"name":"New","notes":null}""", "application/json")]
    [TestCase("""{"name":"New","notes":""}""", "application/merge-patch+json")]
    [TestCase("""[{"op":"replace","path":"/name","value":"New"},{"op":"remove","path":"/notes"}]""", "application/json")]
    [TestCase("""[{"op":"test","path":"/version","value":1.0},{"op":"move","from":"/address1","path":"/name"},{"op":"add","path":"/address1","value":"A"},{"op":"replace","path":"/notes","value":null},{"op":"replace","path":"/name","value":"New"}]""", "application/json-patch+json")]
    public async Task A_patch_changes_what_it_names_and_leaves_the_rest(string patch, string contentType)
    {
        var owner = await Database.OwnerAsync();
        var path = await NewAsync();

        var answer = (await owner.SendAsync(HttpMethod.Patch, path, new StringContent(patch, null, contentType))).ShouldBe(HttpStatusCode.OK);

        using (Assert.EnterMultipleScope())
        {
            Assert.That((answer.Header("X-Outcome"), answer.Header("ETag")), Is.EqualTo(("updated", "\"2\"")));
            Assert.That(answer.Data["name"]!.GetValue<string>(), Is.EqualTo("New"));
            Assert.That(answer.Data["address1"]!.GetValue<string>(), Is.EqualTo("A"));
            Assert.That(answer.Data.ContainsKey("notes"), "nulls are explicit");
            Assert.That(answer.Data["notes"], Is.Null);
            Assert.That((await owner.AuditAsync(path.Split('/')[^1]))[0]!["changes"]!.ToJsonString(), Is.EqualTo("""{"name":["Old","New"],"notes":["N",null]}"""));
        }
    }

    [TestCase("{}")]
    [TestCase("[]")]
    [TestCase("""{"name":"Old","clientRef":null,"version":1}""", 400, "field_read_only")]
    [TestCase("""{"name":"Old","version":1}""")]
    [TestCase("""[{"op":"test","path":"/name","value":"Old"}]""")]
    [TestCase("""[{"op":"replace","path":"/name","value":"Other"},{"op":"replace","path":"/name","value":"Old"}]""")]
    [TestCase("""{"name":1}""", 400, "field_wrong_type")]
    [TestCase("""{"postCode":"EX49HLEX49HLEX49HLEX49HLEX49HLEX49HLEX49HLEX49HLEX49HL"}""", 400, "field_too_long")]
    [TestCase("""{"clientRef":"other"}""", 400, "field_read_only")]
    [TestCase("""{"version":2}""", 400, "field_read_only")]
    [TestCase("""{"updatedBy":"me"}""", 400, "field_read_only")]
    [TestCase("""[{"op":"remove","path":"/createdAt"}]""", 400, "field_read_only")]
    [TestCase("""[{"op":"copy","from":"/name","path":"/clientRef"}]""", 400, "field_read_only")]
    [TestCase("""{"colour":"red"}""", 400, "unknown_field")]
    [TestCase("""{"Name":"red"}""", 400, "unknown_field")]
    [TestCase("""[{"op":"add","path":"/colour","value":"red"}]""", 400, "unknown_field")]
    [TestCase("""[{"op":"replace","path":"/colour","value":"red"}]""", 400, "invalid_patch")]
    [TestCase("""[{"op":"add","path":"/name/first","value":"red"}]""", 400, "invalid_patch")]
    [TestCase("""[{"op":"remove","path":""}]""", 400, "invalid_patch")]
    [TestCase("""[{"op":"replace","path":"","value":[]}]""", 400, "invalid_patch")]
    [TestCase("""[{"op":"replace","path":"","value":{}}]""", 400, "field_read_only")]
    [TestCase("""[{"op":"nonsense"}]""", 400, "invalid_patch")]
    [TestCase("""[{"op":"replace","path":"/name","value":"Other"},{"op":"test","path":"/notes","value":"x"}]""", 409, "patch_test_failed")]
    [TestCase("""{"name":"a","name":"b"}""", 400, "duplicate_field")]
    [TestCase("""{"name":"\ud800"}""", 400, "invalid_characters")]
    [TestCase("""{"name":"\u0000"}""", 400, "invalid_characters")]
    [TestCase("""{"name":{"a":[1e400]}}""", 400, "field_wrong_type")]
    [TestCase("{", 400, "invalid_json")]
    [TestCase("null", 400, "invalid_json")]
    [TestCase("1", 400, "invalid_json")]
    [TestCase("", 400, "invalid_json")]
    public async Task What_changes_nothing_or_must_not_be_leaves_the_client_as_it_was(string patch, int status = 200, string code = "")
    {
        var owner = await Database.OwnerAsync();
        var path = await NewAsync();
        var before = await owner.GetAsync(path);

        var answer = await owner.PatchAsync(path, patch);

        if (status == 200)
        {
            Assert.That(answer.ShouldBe(HttpStatusCode.OK).Header("X-Outcome"), Is.EqualTo("unchanged"));
        }
        else
        {
            answer.ShouldFail(status, code);
        }

        Assert.That((await owner.GetAsync(path)).Body, Is.EqualTo(before.Body));
        Assert.That(await owner.AuditAsync(path.Split('/')[^1]), Has.Count.EqualTo(1));
    }

    [TestCase("{}", "application/json-patch+json", 400, "invalid_json")]
    [TestCase("[]", "application/merge-patch+json", 400, "invalid_json")]
    [TestCase("{}", "text/plain", 415, "unsupported_media_type")]
    [TestCase("{}", "application/xml", 415, "unsupported_media_type")]
    [TestCase(null, "application/json", 413, "body_too_large")]
    public async Task The_body_must_be_what_its_type_says(string? body, string contentType, int status, string code)
    {
        var owner = await Database.OwnerAsync();
        (await owner.SendAsync(HttpMethod.Patch, await NewAsync(), new StringContent(body ?? new string(' ', 1024 * 1024) + "{}", null, contentType))).ShouldFail(status, code);
    }

    [Test]
    public async Task Where_the_JSON_breaks_is_told()
    {
        var owner = await Database.OwnerAsync();
        var answer = (await owner.PatchAsync(await NewAsync(), "[{\"op\":}]")).ShouldFail(400, "invalid_json");
        Assert.That((answer.Text("result_msg"), answer.Text("result_error_msg")), Is.EqualTo(("REST0002", "Unexpected '}' at character 8 (line 1, column 8)")));
        Assert.That((await owner.PatchAsync(await NewAsync(), " 7")).Text("result_error_msg"), Is.EqualTo("A JSON text must begin with '{' or '[' at character 2 (line 1, column 2)"));
    }

    [Test]
    public async Task A_client_that_is_not_there_is_404_whatever_the_condition()
    {
        var owner = await Database.OwnerAsync();
        (await owner.PatchAsync("/api/v1/clients/nobody-has-this", """{"name":"N"}""")).ShouldFail(404, "client_not_found");
        (await owner.PatchAsync("/api/v1/clients/nobody-has-this", """{"name":"N"}""", ("If-Match", "*"))).ShouldFail(404, "client_not_found");
    }

    // Version 1, made by PUT.
    private static async Task<string> NewAsync()
    {
        var owner = await Database.OwnerAsync();
        var body = """{"name":"Old","address1":"A","notes":"N"}""";
        return (await owner.SendAsync(HttpMethod.Put, $"/api/v1/clients/{TestDatabase.Unique("new")}", new StringContent(body, null, "application/json"))).ShouldBe(HttpStatusCode.Created).Header("Location");
    }
}
