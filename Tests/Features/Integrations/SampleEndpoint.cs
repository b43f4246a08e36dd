using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Features.Integrations;

/// <summary>Endpoints of service accounts, made over HTTP.</summary>
internal static class SampleEndpoint
{
    private static TestDatabase Database => ServiceUnderTest.A;

    /// <summary>An endpoint with a service account of its own: its address.</summary>
    public static async Task<string> AddAsync() =>
        (await (await Database.OwnerAsync()).PostAsync("/api/v1/admin/endpoints", New(TestDatabase.Unique("e"), await AddServiceAsync(), "::1")))
            .ShouldBe(HttpStatusCode.Created).Header("Location");

    public static async Task<string> AddServiceAsync(int level = 1, params string[] permissions)
    {
        var opId = TestDatabase.Unique("SVC");
        (await (await Database.OwnerAsync()).PostAsync("/api/v1/admin/accounts", new JsonObject
        {
            ["op_id"] = opId,
            ["op_name"] = "Service",
            ["kind"] = "service",
            ["op_level"] = level,
            ["permissions"] = new JsonArray([.. permissions.Select(permission => (JsonNode)permission)]),
        })).ShouldBe(HttpStatusCode.Created);
        return opId;
    }

    public static JsonObject New(string name, string account, params string[] addresses) => new()
    {
        ["name"] = name,
        ["account"] = account,
        ["allowedAddresses"] = new JsonArray([.. addresses.Select(address => (JsonNode)address)]),
    };
}
