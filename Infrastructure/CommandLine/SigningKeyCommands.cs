using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Startup;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>signing-key rotate</c> and <c>list</c>: the keys that sign a database's access tokens.</summary>
internal static class SigningKeyCommands
{
    private static readonly Option<bool> Now = new("--now")
    {
        Description = "The old keys stop working immediately: every access token issued so far is refused, refresh tokens keep working. Use it when a key was leaked.",
    };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "signing-key",
        "The keys that sign a database's access tokens.",
        host.InDatabase(
            "rotate",
            "Create a new signing key. It signs from now on, in every running service; the old ones still verify until the last token they signed has expired. Nobody has to log in again.",
            [Now],
            RotateAsync),
        host.InDatabase("list", "List the signing keys; never their secrets.", [], ListAsync));

    private static async Task<Answer<CommandOutput>> RotateAsync(CommandCall call)
    {
        var isNow = call.Parsed.GetValue(Now);
        var minutes = call.Services.GetRequiredService<IOptions<AuthOptions>>().Value.AccessTokenMinutes;
        var kid = await SigningKeyTable.RotateAsync(
            call.Tenant,
            call.Services.GetRequiredService<DatabaseOpener>().Protection,
            isNow ? TimeSpan.Zero : TimeSpan.FromMinutes(minutes) + AccessTokens.Skew,
            call.Caller,
            call.Services.GetRequiredService<TimeProvider>().DatabaseNow(),
            call.CancellationToken);
        return new CommandOutput(
            new JsonObject { ["database"] = call.Tenant.Name, ["kid"] = kid },
            $"{call.Tenant.Name}: the key {kid} signs from now on; {(isNow ? "the old ones count no more" : $"the old ones verify for another {minutes} minutes")}.");
    }

    private static async Task<Answer<CommandOutput>> ListAsync(CommandCall call)
    {
        var keys = await SigningKeyTable.ListAsync(call.Tenant, call.CancellationToken);
        var json = new JsonArray([.. keys.Select(key => new JsonObject
        {
            ["kid"] = key.Kid,
            ["state"] = State(key),
            ["createdAt"] = Utc(key.CreatedAt),
            ["retiresAt"] = key.RetiresAt is { } at ? Utc(at) : null,
            ["sealed"] = key.Sealed,
        })]);
        return new CommandOutput(json, string.Join('\n', keys.Select(key =>
            $"{key.Kid}  {State(key),-8}  made {Utc(key.CreatedAt)}{(key.RetiresAt is { } at ? $"  until {Utc(at)}" : "")}  {(key.Sealed ? "sealed" : "not sealed")}")));
    }

    private static string State(ListedSigningKey key) => key.Signs ? "signs" : key.Verifies ? "verifies" : "retired";

    private static string Utc(DateTime at) => at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
