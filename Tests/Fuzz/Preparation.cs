using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Processes;

namespace CrmImport.Fuzz;

/// <summary>Creates the accounts that the connections call with, and the records that their requests name.</summary>
internal sealed class Preparation(HttpClient http, FuzzOptions options)
{
    private const string Password = "fuzz-fuzz-fuzz";

    // Names of endpoints are unique, and a run may follow another on the same database.
    private readonly string run = Guid.NewGuid().ToString("N")[..8];

    public async Task<(Known Known, Caller[] Callers)> RunAsync()
    {
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", await RunningService.LogInAsync(http.BaseAddress!.ToString().TrimEnd('/'), options.Database));
        await CreateRecordsAsync();
        foreach (var account in Known.Accounts)
        {
            await CreateAccountAsync(account, account == Known.ServiceAccount ? "service" : "operator");
        }

        var endpoints = new List<string>();
        var keys = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            endpoints.Add(await CreateEndpointAsync($"fuzzed {run} {i}", Known.ServiceAccount));
            keys.Add((await CreateKeyAsync(endpoints[i])).Id);
        }

        await CreateAccountAsync("FUZZ_API", "api");
        await CreateAccountAsync("FUZZ_WEAK", "service", level: 1);
        var weak = await CreateKeyAsync(await CreateEndpointAsync($"weak {run}", "FUZZ_WEAK"));
        var away = await CreateKeyAsync(await CreateEndpointAsync($"away {run}", "FUZZ_WEAK", "10.0.0.0/8"));
        var callers = new Caller[options.Connections];
        for (var i = 0; i < callers.Length; i++)
        {
            callers[i] = await CreateCallerAsync(i);
        }

        return (new Known(options.Database, http.BaseAddress.Authority, endpoints, keys, [weak.AccessKey, away.AccessKey]), callers);
    }

    private async Task CreateRecordsAsync()
    {
        foreach (var clientRef in Known.ClientRefs)
        {
            var client = $"/api/v1/clients/{Uri.EscapeDataString(clientRef)}";
            await SendAsync(HttpMethod.Put, client, new JsonObject { ["name"] = $"Client {clientRef}" });
            foreach (var locationRef in Known.LocationRefs)
            {
                await SendAsync(HttpMethod.Put, $"{client}/locations/{Uri.EscapeDataString(locationRef)}", new JsonObject { ["name"] = $"Location {locationRef}", ["usageTypeId"] = 1 });
            }

            foreach (var contactRef in Known.ContactRefs.Take(12))
            {
                await SendAsync(HttpMethod.Put, $"{client}/contacts/{Uri.EscapeDataString(contactRef)}", JsonNode.Parse(
                    """{"salutation":"Mr","forename":"John","surname":"Test","contact1":"","contact1Type":1,"preferredContact":1,"address1":"A","address2":"B","postCode":"EX4 9HL"}""")!.AsObject());
            }
        }
    }

    private async Task<Caller> CreateCallerAsync(int connection)
    {
        await CreateAccountAsync($"FUZZ_SERVICE{connection}", "service");
        await CreateAccountAsync($"FUZZ_OPERATOR{connection}", "operator");
        var key = await CreateKeyAsync(await CreateEndpointAsync($"fuzz {run} {connection}", $"FUZZ_SERVICE{connection}"));
        return new Caller(key.AccessKey, $"FUZZ_OPERATOR{connection}", Password, "FUZZ_API");
    }

    private async Task CreateAccountAsync(string account, string kind, int level = 10)
    {
        var body = new JsonObject { ["op_id"] = account, ["op_name"] = account, ["op_level"] = level, ["kind"] = kind };
        if (kind != "service")
        {
            body["op_password"] = Password;
        }

        await SendAsync(HttpMethod.Post, "/api/v1/admin/accounts", body); // 409 where an earlier run created it
    }

    private async Task<string> CreateEndpointAsync(string name, string account, params string[] allowed) =>
        (string)(await SendAsync(HttpMethod.Post, "/api/v1/admin/endpoints", new JsonObject { ["name"] = name, ["account"] = account, ["allowedAddresses"] = new JsonArray([.. allowed.Select(address => (JsonNode)address)]) }))["data"]!["id"]!;

    private async Task<(string Id, string AccessKey)> CreateKeyAsync(string endpoint)
    {
        var key = (await SendAsync(HttpMethod.Post, $"/api/v1/admin/endpoints/{endpoint}/keys", []))["data"]!;
        return ((string)key["keyId"]!, (string)key["accessKey"]!);
    }

    private async Task<JsonNode> SendAsync(HttpMethod method, string path, JsonObject body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json") };
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode || answer.StatusCode == System.Net.HttpStatusCode.Conflict ? JsonNode.Parse(text)! : throw new InvalidOperationException($"{method} {path}: {text}");
    }
}
