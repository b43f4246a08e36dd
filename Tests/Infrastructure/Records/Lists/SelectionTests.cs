using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Infrastructure.Records.Lists;

/// <summary><c>$select</c> on reads of one record and on writes: exactly what is named, or a 400 before anything is written.</summary>
public sealed class SelectionTests
{
    private static TestDatabase Database => ServiceUnderTest.A;

    [TestCase("POST", "/rest/contact/contact", """{"result":"success","result_msg":"","data":{"surname":"B","version":1}}""", "")]
    [TestCase("POST", "/api/v1/contacts", """{"result":"success","result_msg":"","data":{"surname":"B","version":1}}""", "")]
    [TestCase("PUT", "/api/v1/clients/{client}/contacts/{new}", """{"result":"success","result_msg":"","data":{"surname":"B","version":1}}""", "")]
    [TestCase("PATCH", "/api/v1/clients/{client}/contacts/{contact}", """{"result":"success","result_msg":"","data":{"surname":"B","version":2}}""", """{"surname":"B"}""")]
    [TestCase("POST", "/api/v1/clients/{client}/contacts/{contact}", """{"result":"success","result_msg":"","data":{"surname":"B","version":2}}""", """{"surname":"B"}""")]
    [TestCase("POST", "/api/v1/clients/{client}/contacts/{contact}/archive", """{"result":"success","result_msg":"","data":{"surname":"Test","version":2}}""", "{}")]
    [TestCase("POST", "/api/parties", """{"surname":"B","version":1}""", "")]
    [TestCase("PATCH", "/api/parties/{id}", """{"surname":"B","version":2}""", """{"surname":"B"}""")]
    [TestCase("POST", "/api/parties/{id}", """{"surname":"B","version":2}""", """{"surname":"B"}""")]
    [TestCase("GET", "/api/parties/{id}", """{"surname":"Test","version":1}""", null)]
    [TestCase("GET", "/api/v1/clients/{client}/contacts/{contact}", """{"result":"success","result_msg":"","data":{"surname":"Test","version":1}}""", null)]
    public async Task A_contact_s_answer_has_what_is_selected_in_that_order(string method, string path, string expected, string? body)
    {
        var (owner, clientRef) = await NewClientAsync();
        (await owner.UpsertAsync(Contact(clientRef, "c", "Test"))).ShouldBe(HttpStatusCode.OK);
        var id = (await owner.GetAsync($"/api/parties?$filter=clientRef eq '{clientRef}'")).Json["items"]![0]!["id"];
        var address = path.Replace("{client}", clientRef).Replace("{contact}", "c").Replace("{new}", "new").Replace("{id}", $"{id}");

        var answer = await SendAsync(owner, method, address + "?$select=surname,VERSION", body == "" ? Contact(clientRef, "new", "B").ToJsonString() : body, ("Prefer", "return=representation"));

        Assert.That(answer.Body, Is.EqualTo(expected), $"{answer.Status}");
    }

    [TestCase("POST", "/api/v1/clients", """{"clientRef":"{new}","name":"N"}""", """{"name":"N","clientRef":"{new}"}""")]
    [TestCase("PUT", "/api/v1/clients/{new}", """{"name":"N"}""", """{"name":"N","clientRef":"{new}"}""")]
    [TestCase("PATCH", "/api/v1/clients/{client}", """{"name":"N"}""", """{"name":"N","clientRef":"{client}"}""")]
    [TestCase("POST", "/api/v1/clients/{client}", """[{"op":"replace","path":"/name","value":"N"}]""", """{"name":"N","clientRef":"{client}"}""")]
    [TestCase("POST", "/api/v1/clients/{client}/archive", "", """{"name":"Old","clientRef":"{client}"}""")]
    [TestCase("GET", "/api/v1/clients/{client}", null, """{"name":"Old","clientRef":"{client}"}""")]
    [TestCase("POST", "/api/v1/clients/{client}/locations", """{"locationRef":"L","name":"N"}""", """{"name":"N","clientRef":"{client}"}""")]
    [TestCase("PUT", "/api/v1/clients/{client}/locations/L", """{"name":"N"}""", """{"name":"N","clientRef":"{client}"}""")]
    public async Task A_client_s_and_a_location_s_answer_has_what_is_selected_in_that_order(string method, string path, string? body, string expected)
    {
        var (owner, clientRef) = await NewClientAsync();
        string Fill(string text) => text.Replace("{client}", clientRef).Replace("{new}", clientRef + "n");

        var answer = await SendAsync(owner, method, Fill(path) + "?$select=name,clientRef", body is null ? null : Fill(body));

        Assert.That(answer.Data.ToJsonString(), Is.EqualTo(Fill(expected)), answer.Body);
    }

    [Test]
    public async Task What_comes_with_a_client_can_be_selected()
    {
        var (owner, clientRef) = await NewClientAsync();
        var answer = await owner.GetAsync($"/api/v1/clients/{clientRef}?$select=contactsTotal,locations");
        Assert.That(answer.Data.ToJsonString(), Is.EqualTo("""{"contactsTotal":0,"locations":[]}"""));
    }

    [Test]
    public async Task A_dry_run_and_warnings_keep_their_members()
    {
        var (owner, clientRef) = await NewClientAsync();
        var trial = await owner.PatchAsync($"/api/v1/clients/{clientRef}?$select=name&dryRun=true", """{"name":"N"}""");
        Assert.That(trial.Body, Is.EqualTo("""{"result":"success","result_msg":"","outcome":"updated","changes":{"name":["Old","N"]},"data":{"name":"N"}}"""));

        var body = Contact(clientRef, "w", "Test");
        body["colour"] = "red";
        var warned = (await owner.PostAsync("/api/v1/contacts?$select=surname", body)).ShouldBe(HttpStatusCode.Created);
        Assert.That((warned.Data.ToJsonString(), $"{warned.Json["problems"]![0]!["code"]}"), Is.EqualTo(("""{"surname":"Test"}""", "unknown_field")));
    }

    [Test]
    public async Task A_repeated_request_has_the_selection_again()
    {
        var (owner, clientRef) = await NewClientAsync();
        var first = await owner.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{clientRef}?$select=name", new StringContent("""{"name":"N"}""", null, "application/json"), ("Idempotency-Key", clientRef));
        var second = await owner.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{clientRef}?$select=name", new StringContent("""{"name":"N"}""", null, "application/json"), ("Idempotency-Key", clientRef));
        Assert.That((second.Body, second.Header("Idempotent-Replayed")), Is.EqualTo((first.Body, "true")));
        Assert.That(first.Data.ToJsonString(), Is.EqualTo("""{"name":"N"}"""));
    }

    [TestCase("/api/v1/clients/{client}?$select=colour", "unknown field colour")]
    [TestCase("/api/v1/clients/{client}?$select=name,name", "more than once")]
    [TestCase("/api/v1/clients/{client}?$select=", "a name is missing")]
    [TestCase("/api/v1/clients/{client}?$select=name&$select=name", "")]
    [TestCase("/api/v1/admin/settings?$select=apiEnabled", "not supported here")]
    public async Task A_wrong_selection_is_refused_before_anything_is_written(string path, string message)
    {
        var (owner, clientRef) = await NewClientAsync();
        var answer = await owner.PatchAsync(path.Replace("{client}", clientRef), """{"name":"N"}""");

        answer.ShouldFail(400, "invalid_parameter");
        Assert.That(answer.Body, Does.Contain(message));
        Assert.That($"{(await owner.GetAsync($"/api/v1/clients/{clientRef}")).Data["version"]}", Is.EqualTo("1"));
    }

    [TestCase("""{"name":"N"}""", "200")]
    [TestCase("""[{"op":"replace","path":"/name","value":"N"}]""", "200")]
    [TestCase("name", "400 invalid_json")]
    [TestCase("", "400 invalid_json")]
    public async Task A_patch_without_content_type_is_read_by_its_root(string body, string expected)
    {
        var (owner, clientRef) = await NewClientAsync();
        var content = new StringContent(body);
        content.Headers.ContentType = null;

        var answer = await owner.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{clientRef}", content);

        Assert.That($"{(int)answer.Status} {answer.Json["code"]}".Trim(), Is.EqualTo(expected), answer.Body);
    }

    private static JsonObject Contact(string clientRef, string contactRef, string surname)
    {
        var contact = Sample.Contact(clientRef, contactRef);
        contact["surname"] = surname;
        contact.Remove("locations");
        return contact;
    }

    private static async Task<(ApiClient Owner, string ClientRef)> NewClientAsync()
    {
        var (owner, clientRef) = (await Database.OwnerAsync(), $"S{Guid.NewGuid():N}");
        (await owner.PutAsync($"/api/v1/clients/{clientRef}", new JsonObject { ["name"] = "Old" })).ShouldBe(HttpStatusCode.Created);
        return (owner, clientRef);
    }

    private static Task<ApiAnswer> SendAsync(ApiClient client, string method, string path, string? body, params (string Name, string Value)[] headers) =>
        client.SendAsync(new HttpMethod(method), path, body is null ? null : new StringContent(body, null, "application/json"), headers);
}
