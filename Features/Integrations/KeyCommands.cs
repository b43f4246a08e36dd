using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CrmImport.Features.Integrations.AddKey;
using CrmImport.Features.Integrations.ListKeys;
using CrmImport.Features.Integrations.RevokeKey;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using MediatR;

namespace CrmImport.Features.Integrations;

/// <summary><c>key …</c>: the keys of endpoints, made and revoked by the requests that HTTP sends too. A new one is printed once.</summary>
internal static class KeyCommands
{
    private const int MaxDays = 36_500;

    private static readonly Argument<string> KeyId = new("keyId") { Description = "The key's id, as key list shows it." };
    private static readonly Option<int?> ExpiresDays = Days("--expires-days", "In how many days the new key expires; left out: never.");
    private static readonly Option<int> OverlapHours = new("--overlap-hours") { Description = "For how many hours the old keys are still admitted.", DefaultValueFactory = _ => 24 };

    public static Command Make(CommandHost host)
    {
        OverlapHours.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 24 * MaxDays)
            {
                result.AddError("--overlap-hours must be 0 or more.");
            }
        });
        return CommandHost.Group(
            "key",
            "The keys of endpoints, which service accounts call with.",
            host.InDatabase("add", "Make an endpoint a key, and show it: this once, it is stored nowhere.", [IntegrationCommands.Endpoint, ExpiresDays], AddAsync),
            host.InDatabase("list", "Show an endpoint's keys, revoked and expired ones too; never their secrets.", [IntegrationCommands.Endpoint], ListAsync),
            host.InDatabase(
                "rotate", "Make an endpoint a new key, and show it, this once; its other live keys expire after the overlap.", [IntegrationCommands.Endpoint, OverlapHours, ExpiresDays], RotateAsync),
            host.InDatabase("revoke", "Revoke a key at once and for good.", [KeyId], RevokeAsync));
    }

    private static Task<Answer<CommandOutput>> AddAsync(CommandCall call) => WithEndpointAsync(call, async endpoint =>
    {
        var made = await MakeKeyAsync(call, endpoint);
        return made.Refusal is { } refusal ? refusal : Show(made.Value, "");
    });

    private static Task<Answer<CommandOutput>> ListAsync(CommandCall call) => WithEndpointAsync(call, async endpoint =>
    {
        var keys = await CommandList.ReadAsync(KeyFields.List, async list =>
            (await call.Services.GetRequiredService<IMediator>().Send(new ListKeysQuery(call.Tenant, endpoint.Id, list), call.CancellationToken)).Value.Items);
        return CommandOutput.OfList(keys, key =>
            $"{key.KeyId}  made {Utc(key.CreatedAt)} by {key.CreatedBy}{Told("revoked", key.RevokedAt)}{Told("expires", key.ExpiresAt)}{Told("last used", key.LastUsedAt)}");
    });

    private static Task<Answer<CommandOutput>> RotateAsync(CommandCall call) => WithEndpointAsync(call, async endpoint =>
    {
        var made = await MakeKeyAsync(call, endpoint);
        if (made.Refusal is { } refusal)
        {
            return refusal;
        }

        var now = call.Services.GetRequiredService<TimeProvider>().DatabaseNow();
        var until = now.AddHours(call.Parsed.GetValue(OverlapHours));
        var old = await KeyRotation.ExpireOthersAsync(call, endpoint.Id, made.Value.KeyId, now, until);
        return Show(made.Value, old.Count == 0 ? "" : $"\nThe other live keys expire by {Utc(until)}: {string.Join(' ', old)}");
    });

    private static async Task<Answer<CommandOutput>> RevokeAsync(CommandCall call)
    {
        var keyId = call.Parsed.GetRequiredValue(KeyId);
        if (await KeyRotation.FindEndpointAsync(call, keyId) is not { } endpointId)
        {
            return new Refusal(ApiErrors.KeyNotFound, $"There is no key {keyId}");
        }

        var answer = await call.Services.GetRequiredService<IMediator>().Send(new RevokeKeyCommand(call.Tenant, call.Caller, endpointId, keyId, IsDryRun: false), call.CancellationToken);
        return answer.Refusal is { } refusal ? refusal : CommandOutput.OfRecord(answer.Value.Key) with { Text = $"The key {keyId} is revoked." };
    }

    private static async Task<Answer<CommandOutput>> WithEndpointAsync(CommandCall call, Func<Integration, Task<Answer<CommandOutput>>> run)
    {
        var endpoint = await IntegrationCommands.FindAsync(call);
        return endpoint.Refusal is { } refusal ? refusal : await run(endpoint.Value);
    }

    private static async Task<Answer<NewKey>> MakeKeyAsync(CommandCall call, Integration endpoint)
    {
        var body = new JsonObject();
        body.Set("expiresAt", call.Parsed.GetValue(ExpiresDays) is { } days ? Utc(call.Services.GetRequiredService<TimeProvider>().GetUtcNow().UtcDateTime.AddDays(days)) : null);
        var key = JsonBody.ReadRecord(CommandBody.Of(body), KeyFields.New);
        return key.Refusal is { } refusal
            ? refusal
            : await call.Services.GetRequiredService<IMediator>().Send(new AddKeyCommand(call.Tenant, call.Caller, endpoint.Id, key.Value, IsDryRun: false), call.CancellationToken);
    }

    private static Answer<CommandOutput> Show(NewKey key, string more) => CommandOutput.OfRecord(key) with
    {
        Text = $"""
            {key.AccessKey}
            Shown this once: it is stored nowhere. Send it as Authorization: Bearer or X-Access-Key. Its id is {key.KeyId}; it {(key.ExpiresAt is { } at ? $"expires {Utc(at)}" : "does not expire")}.{more}
            """,
    };

    private static Option<int?> Days(string name, string description)
    {
        var days = new Option<int?>(name) { Description = description };
        days.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > MaxDays)
            {
                result.AddError($"{name} must be from 1 to {MaxDays}.");
            }
        });
        return days;
    }

    private static string Told(string what, DateTime? at) => at is { } time ? $", {what} {Utc(time)}" : "";

    private static string Utc(DateTime at) => at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
