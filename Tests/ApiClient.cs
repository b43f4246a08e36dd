using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace CrmImport.Tests;

/// <summary>Speaks HTTP to the service under test, with or without a credential; answers come whole, so that a failed assertion can show them.</summary>
internal sealed class ApiClient(string? accessToken = null, Uri? url = null)
{
    private static readonly HttpClient Http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 256 });

    public string? AccessToken { get; } = accessToken;

    public static ApiClient Anonymous { get; } = new();

    public static async Task<ApiClient> LogInAsync(string database, string opId, Uri? url = null)
    {
        var answer = await new ApiClient(url: url).PostAsync("/api/v1/auth/login", new JsonObject { ["op_id"] = opId, ["op_password"] = TestDatabase.Password }, ("x-database", database));
        answer.ShouldBe(HttpStatusCode.OK);
        return new ApiClient(answer.Json["result"]!["access_token"]!.GetValue<string>(), url);
    }

    public Task<ApiAnswer> GetAsync(string path, params (string Name, string Value)[] headers) => SendAsync(HttpMethod.Get, path, null, headers);

    public Task<ApiAnswer> PostAsync(string path, JsonNode body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body), headers);

    public Task<ApiAnswer> PostAsync(string path, string body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, new StringContent(body, Encoding.UTF8, "application/json"), headers);

    public Task<ApiAnswer> PutAsync(string path, JsonNode body, params (string Name, string Value)[] headers) => SendJsonAsync(HttpMethod.Put, path, body, headers);

    public Task<ApiAnswer> PatchAsync(string path, string patch, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Patch, path, new StringContent(patch, Encoding.UTF8, "application/json"), headers);

    public Task<ApiAnswer> SendJsonAsync(HttpMethod method, string path, JsonNode body, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, JsonContent.Create(body), headers);

    public Task<ApiAnswer> UpsertAsync(JsonNode contact, params (string Name, string Value)[] headers) => PostAsync("/rest/contact/contact", contact, headers);

    public Task<ApiAnswer> ReadAsync(string clientRef, string contactRef) =>
        GetAsync($"/api/v1/clients/{Uri.EscapeDataString(clientRef)}/contacts/{Uri.EscapeDataString(contactRef)}");

    /// <summary>The audit entries of a contact's changes, newest first; refused calls for it are left out.</summary>
    public async Task<JsonArray> AuditAsync(string clientRef, string contactRef = "", string locationRef = "")
    {
        var answer = await GetAsync($"/api/v1/audit?size=1000&status=2xx&clientRef={Uri.EscapeDataString(clientRef)}&contactRef={Uri.EscapeDataString(contactRef)}&locationRef={Uri.EscapeDataString(locationRef)}");
        answer.ShouldBe(HttpStatusCode.OK);
        return answer.Json["items"]!.AsArray();
    }

    public async Task<ApiAnswer> SendAsync(HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(url ?? ServiceUnderTest.Url, path)) { Content = content };
        if (AccessToken is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", AccessToken);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await Http.SendAsync(request);
        return new ApiAnswer(
            response.StatusCode,
            await response.Content.ReadAsStringAsync(),
            response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));
    }
}

/// <summary>An answer of the service: status, body and headers.</summary>
internal sealed record ApiAnswer(HttpStatusCode Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    public JsonObject Data => Json["data"]!.AsObject();

    public string Header(string name) => Headers.GetValueOrDefault(name, "");

    public string Text(string name) => Json[name]!.GetValue<string>();

    /// <summary>The problems, as <c>field code</c>.</summary>
    public string[] Problems => [.. Json["problems"]!.AsArray().Select(problem => $"{problem!["field"]} {problem["code"]}")];

    public ApiAnswer ShouldBe(HttpStatusCode status)
    {
        Assert.That(Status, Is.EqualTo(status), Body);
        return this;
    }

    /// <summary>The failure envelope with this status and code, whole.</summary>
    public ApiAnswer ShouldFail(int status, string code)
    {
        Assert.That((int)Status, Is.EqualTo(status), Body);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Header("Content-Type"), Is.EqualTo("application/json; charset=utf-8"));
            Assert.That(Text("result"), Is.EqualTo("fail"));
            Assert.That(Text("result_msg"), Is.Not.Empty);
            Assert.That(Json["ok"]!.GetValue<bool>(), Is.False);
            Assert.That(Json["status"]!.GetValue<int>(), Is.EqualTo(status));
            Assert.That(Text("code"), Is.EqualTo(code), Body);
            Assert.That(Text("trace_id"), Is.Not.Empty);
            Assert.That(Json["problems"]!.AsArray().Select(problem => $"{problem!["level"]} {problem["code"]}"), Has.Member($"SEVERE {code}"), Body);
            Assert.That(Json["problems"]!.AsArray().Select(problem => (string?)problem!["message"]), Has.None.Null.And.None.Empty);
        }

        return this;
    }
}

/// <summary>Contacts to send.</summary>
internal static class Sample
{
    /// <summary>A whole contact, with one location where a ref is given.</summary>
    public static JsonObject Contact(string clientRef, string contactRef, string? locationRef = null, bool isPreferred = true)
    {
        var contact = new JsonObject
        {
            ["clientRef"] = clientRef,
            ["contactRef"] = contactRef,
            ["salutation"] = "Mr",
            ["forename"] = "John",
            ["surname"] = "Test",
            ["contact1"] = "",
            ["contact1Type"] = 1,
            ["preferredContact"] = 1,
            ["address1"] = "Address line 1",
            ["address2"] = "Address line 2",
            ["postCode"] = "EX49HL",
        };
        if (locationRef is not null)
        {
            contact["locations"] = new JsonArray(new JsonObject { ["locationRef"] = locationRef, ["isPreferred"] = isPreferred });
        }

        return contact;
    }

    public static JsonObject With(this JsonObject contact, string field, JsonNode? value)
    {
        contact[field] = value;
        return contact;
    }

    public static JsonObject Without(this JsonObject contact, string field)
    {
        contact.Remove(field);
        return contact;
    }
}
