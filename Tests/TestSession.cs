using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests;

/// <summary>The tokens a log-in or a refresh hands out, and the calls that spend them.</summary>
internal sealed record TestSession(string Database, string OpId, string AccessToken, string RefreshToken)
{
    public ApiClient Client => new(AccessToken);

    /// <summary>Logs in an operator made for this test.</summary>
    public static async Task<TestSession> OpenAsync(TestDatabase database, int level = 10, params string[] permissions) =>
        await LogInAsync(database, await database.AddOperatorAsync(level, permissions));

    public static async Task<TestSession> LogInAsync(TestDatabase database, string opId)
    {
        var answer = await ApiClient.Anonymous.PostAsync("/api/v1/auth/login", Credentials(opId), ("x-database", database.Name));
        return Of(database.Name, opId, answer.ShouldBe(HttpStatusCode.OK));
    }

    public static JsonObject Credentials(string opId, string password = TestDatabase.Password) => new() { ["op_id"] = opId, ["op_password"] = password };

    public static Task<ApiAnswer> RefreshAsync(string refreshToken, params (string Name, string Value)[] headers) =>
        ApiClient.Anonymous.PostAsync("/api/v1/auth/refresh", new JsonObject { ["refresh_token"] = refreshToken }, headers);

    public async Task<TestSession> RefreshAsync() => Of(Database, OpId, (await RefreshAsync(RefreshToken)).ShouldBe(HttpStatusCode.OK));

    /// <summary>A call that every level-10 operator may make.</summary>
    public Task<ApiAnswer> CallAsync(params (string Name, string Value)[] headers) => Client.GetAsync("/api/v1/audit?size=1", headers);

    private static TestSession Of(string database, string opId, ApiAnswer answer)
    {
        var tokens = answer.Json["result"]!;
        return new(database, opId, tokens["access_token"]!.GetValue<string>(), tokens["refresh_token"]!.GetValue<string>());
    }
}
