using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Features.Settings.EditSettings;
using CrmImport.Features.Settings.ReadSettings;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.CommandLine;
using MediatR;

namespace CrmImport.Features.Settings;

/// <summary><c>settings …</c>: what an administrator decides for a database, from the command line by the requests that HTTP sends too.</summary>
internal static class SettingsCommands
{
    private static readonly Argument<string> Setting = new("setting") { Description = $"One of {string.Join(", ", SettingsFields.Settings.Fields.Select(field => field.Name))}." };
    private static readonly Argument<string> Value = new("value") { Description = "true or false, a number or a ref, as the setting has it; null for none." };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "settings",
        "What is decided for a database: versions, unknown fields, DELETE, sessions, the default client.",
        host.InDatabase("show", "Show the database's settings.", [], ShowAsync),
        host.InDatabase("set", "Change a setting. It takes effect at once, for every caller of the database.", [Setting, Value], SetAsync));

    private static async Task<Answer<CommandOutput>> ShowAsync(CommandCall call)
    {
        var settings = await call.Services.GetRequiredService<IMediator>().Send(new ReadSettingsQuery(call.Tenant), call.CancellationToken);
        return settings.Refusal is { } refusal ? refusal : CommandOutput.OfRecord(settings.Value);
    }

    private static async Task<Answer<CommandOutput>> SetAsync(CommandCall call)
    {
        var (setting, text) = (call.Parsed.GetRequiredValue(Setting), call.Parsed.GetRequiredValue(Value));
        var edit = CommandBody.Change(new JsonObject { [setting] = text == "null" ? null : JsonValue.Create(text) }, []); // numbers and booleans may be text
        if (edit.Refusal is { } refusal)
        {
            return refusal;
        }

        var answer = await call.Services.GetRequiredService<IMediator>().Send(new EditSettingsCommand(call.Tenant, call.Caller, edit.Value), call.CancellationToken);
        return answer.Refusal is { } refused ? refused : ToOutput(setting, answer.Value.Body);
    }

    private static CommandOutput ToOutput(string setting, ReadOnlyMemory<byte> body)
    {
        var settings = JsonNode.Parse(body.Span)!["data"]!.DeepClone().AsObject();
        return new CommandOutput(settings, $"{setting} is {settings[setting]?.ToJsonString() ?? "null"}");
    }
}
