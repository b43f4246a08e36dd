using System.Net;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Auth;
using Dapper;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests;

/// <summary>The tokens a log-in or a refresh hands out, and the calls that spend them.</summary>
internal sealed record TestSession(string Database, string OpId, string AccessToken, string RefreshToken)
{
    public ApiClient Client => new(AccessToken);

    /// <summary>A session of an operator made for this test.</summary>
    public static async Task<TestSession> OpenAsync(TestDatabase database, int level = 10, params string[] permissions) =>
        await OpenAsync(database, await database.AddOperatorAsync(level, permissions));

    /// <summary>A session as a log-in opens it, without the hashing, which takes a tenth of a second of a processor.</summary>
    public static async Task<TestSession> OpenAsync(TestDatabase database, string opId)
    {
        var issuer = ServiceUnderTest.Services.GetRequiredService<SessionIssuer>();
        await using var connection = await database.Tenant.Db.OpenConnectionAsync(CancellationToken.None);
        var account = await connection.QuerySingleAsync<Operator>("select account_id, op_id, op_name, op_level, op_function, null as password_hash from account where op_id = @opId", new { opId });
        var session = await issuer.OpenAsync(connection, database.Tenant, account, DateTime.UtcNow);
        return new(database.Name, opId, session.AccessToken, session.RefreshToken);
    }

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
