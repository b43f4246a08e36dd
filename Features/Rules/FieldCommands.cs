using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Features.Rules.EditRequirement;
using CrmImport.Features.Rules.ListRequirements;
using CrmImport.Features.Rules.ReadRequirement;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Records.Lists;
using MediatR;

namespace CrmImport.Features.Rules;

/// <summary><c>field …</c>: what a database requires of fields, from the command line by the requests that HTTP sends too.</summary>
internal static class FieldCommands
{
    private static readonly Argument<string> FieldName = new("field") { Description = "The field: notes of contacts, client.name, location.postCode." };
    private static readonly Argument<string?> OneField = new("field") { Description = "One field; left out: those that somebody changed.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Setting = new("setting") { Description = $"One of {string.Join(", ", RequirementFields.Requirement.Fields.Where(field => !field.Key).Select(field => field.Name))}." };
    private static readonly Argument<string[]> Value = new("value") { Description = "true or false, a number or a text, as the setting has it; several for allowed; null for none.", Arity = ArgumentArity.OneOrMore };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "field",
        "What is required of fields beyond the catalogue: mandatory, shorter, a pattern, a default.",
        host.InDatabase("show", "Show what is required of a field, or of all that were changed.", [OneField], ShowAsync),
        host.InDatabase("require", "Make a field mandatory. The very next request must have it.", [FieldName], call => SetAsync(call, RequirementFields.Mandatory.Name, true)),
        host.InDatabase("release", "Make a field optional again, if the catalogue has it so.", [FieldName], call => SetAsync(call, RequirementFields.Mandatory.Name, false)),
        host.InDatabase("set", "Change one of the settings of a field.", [FieldName, Setting, Value], SetAsync));

    private static async Task<Answer<CommandOutput>> ShowAsync(CommandCall call)
    {
        var mediator = call.Services.GetRequiredService<IMediator>();
        if (call.Parsed.GetValue(OneField) is { } name)
        {
            var requirement = await mediator.Send(new ReadRequirementQuery(call.Tenant, name), call.CancellationToken);
            return requirement.Refusal is { } refusal ? refusal : CommandOutput.OfRecord(requirement.Value);
        }

        var list = ListRequest.Read(new QueryCollection(new Dictionary<string, Microsoft.Extensions.Primitives.StringValues> { [ListRequest.FilterParameter] = "version gt 0", ["size"] = $"{Page.MaxSize}" }), RequirementFields.List);
        var page = await mediator.Send(new ListRequirementsQuery(call.Tenant, list.Value), call.CancellationToken);
        return page.Refusal is { } refused ? refused : CommandOutput.OfList(page.Value.Items, requirement => requirement.Field + (requirement.Mandatory ? "  mandatory" : ""));
    }

    private static Task<Answer<CommandOutput>> SetAsync(CommandCall call)
    {
        var (setting, values) = (call.Parsed.GetRequiredValue(Setting), call.Parsed.GetRequiredValue(Value));
        return SetAsync(call, setting, setting == RequirementFields.Allowed.Name
            ? new JsonArray([.. values.Where(value => value != "null").Select(value => JsonValue.Create(value))])
            : values is ["null"] ? null : JsonValue.Create(string.Join(' ', values)));
    }

    private static async Task<Answer<CommandOutput>> SetAsync(CommandCall call, string setting, JsonNode? value)
    {
        var name = call.Parsed.GetRequiredValue(FieldName);
        if (RuledField.Find(name) is not { } field)
        {
            return new Refusal(ApiErrors.FieldNotFound, $"No field {name}");
        }

        var edit = CommandBody.Change(new JsonObject { [setting] = value }, [field.Name]);
        return edit.Refusal is { } refusal ? refusal
            : CommandOutput.OfWrite(field.Name, await call.Services.GetRequiredService<IMediator>().Send(new EditRequirementCommand(call.Tenant, call.Caller, edit.Value), call.CancellationToken));
    }
}
