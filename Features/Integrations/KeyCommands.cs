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
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Integrations;

/// <summary><c>key …</c>: the keys of endpoints, made and revoked by the requests that HTTP sends too. A new one is printed once.</summary>
internal static class KeyCommands
{
    private const int MaxDays = 36_500;

    private static readonly Argument<string> KeyId = new("keyId") { Description = "The key's id, as shown by key list." };
    private static readonly Option<int?> ExpiresDays = Days("--expires-days", "Days until the new key expires; default: never.");
    private static readonly Option<int> OverlapHours = new("--overlap-hours") { Description = "Hours for which the old keys are still accepted.", DefaultValueFactory = _ => 24 };

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
            "The keys of endpoints, with which service accounts call.",
            host.InDatabase("add", "Create a key for an endpoint and show it. It is shown only once and stored nowhere.", [IntegrationCommands.Endpoint, ExpiresDays], AddAsync),
            host.InDatabase("list", "List an endpoint's keys, including revoked and expired ones; never their secrets.", [IntegrationCommands.Endpoint], ListAsync),
            host.InDatabase(
                "rotate", "Create a new key for an endpoint and show it once; its other live keys expire after the overlap.", [IntegrationCommands.Endpoint, OverlapHours, ExpiresDays], RotateAsync),
            host.InDatabase("revoke", "Revoke a key immediately and permanently.", [KeyId], RevokeAsync));
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
            return new Refusal(ApiErrors.KeyNotFound, $"No key {keyId}");
        }

        var answer = await call.Services.GetRequiredService<IMediator>().Send(new RevokeKeyCommand(call.Tenant, call.Caller, endpointId, keyId, WriteConditions.None), call.CancellationToken);
        var output = CommandOutput.OfWrite("key", answer);
        return output.Refusal is null ? output.Value with { Text = $"Key {keyId} was revoked." } : output;
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
