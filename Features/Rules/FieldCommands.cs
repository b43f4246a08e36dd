using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Features.Rules.EditCustomField;
using CrmImport.Features.Rules.EditRequirement;
using CrmImport.Features.Rules.ListRequirements;
using CrmImport.Features.Rules.ReadRequirement;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Rules;

/// <summary><c>field …</c>: what a database requires of fields, from the command line by the requests that HTTP sends too.</summary>
internal static class FieldCommands
{
    private static readonly Argument<string> FieldName = new("field") { Description = "The field: notes of contacts, client.name, location.postCode." };
    private static readonly Argument<string?> OneField = new("field") { Description = "One field; left out: those that somebody changed.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<string> Setting = new("setting") { Description = $"One of {string.Join(", ", RequirementFields.Requirement.Fields.Where(field => !field.Key).Select(field => field.Name))}." };
    private static readonly Argument<string[]> Value = new("value") { Description = "true or false, a number or a text, as the setting has it; several for allowed; null for none.", Arity = ArgumentArity.OneOrMore };

    private static readonly Argument<string> NewName = new("name") { Description = "The field: colour of contacts, client.vatNumber, location.heating." };
    private static readonly Argument<string> AddedName = new("name") { Description = "The field that was added." };
    private static readonly Option<string> Type = new Option<string>("--type") { Description = "What its values are.", Required = true }.AcceptOnlyFromAmong([.. CustomField.Kinds.Keys]);
    private static readonly Option<int?> Length = new("--length") { Description = "Most characters of a text." };
    private static readonly Option<bool> IsMandatory = new("--mandatory") { Description = "Every record must have it." };
    private static readonly Option<string?> List = new("--list") { Description = "Of the type list: the list whose ids are accepted." };
    private static readonly Option<string?> Default = new("--default") { Description = "What a new record has where the field is absent." };
    private static readonly Option<string?> Label = new("--label") { Description = "What people call the field." };
    private static readonly Option<string?> Description = new("--description") { Description = "What the documents say of the field." };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "field",
        "What is required of fields beyond the catalogue (mandatory, shorter, a pattern, a default), and fields of the database's own.",
        host.InDatabase("show", "Show what is required of a field, or of all that were changed.", [OneField], ShowAsync),
        host.InDatabase("require", "Make a field mandatory. The very next request must have it.", [FieldName], call => SetAsync(call, RequirementFields.Mandatory.Name, true)),
        host.InDatabase("release", "Make a field optional again, if the catalogue has it so.", [FieldName], call => SetAsync(call, RequirementFields.Mandatory.Name, false)),
        host.InDatabase("set", "Change one of the settings of a field.", [FieldName, Setting, Value], SetAsync),
        host.InDatabase("add", "Add a field to contacts, clients or locations. The very next request takes and shows it.", [NewName, Type, Length, IsMandatory, List, Default, Label, Description], AddAsync),
        host.InDatabase("retire", "Take an added field out of use; its values are kept.", [AddedName], call => RetireAsync(call, isRetired: true)),
        host.InDatabase("restore", "Take a retired field back into use, with its values.", [AddedName], call => RetireAsync(call, isRetired: false)));

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
            return new Refusal(ApiErrors.FieldNotFound, $"No field {name} in the catalogue");
        }

        var edit = CommandBody.Change(new JsonObject { [setting] = value }, [field.Name]);
        return edit.Refusal is { } refusal ? refusal
            : CommandOutput.OfWrite(field.Name, await call.Services.GetRequiredService<IMediator>().Send(new EditRequirementCommand(call.Tenant, call.Caller, edit.Value), call.CancellationToken));
    }

    private static async Task<Answer<CommandOutput>> AddAsync(CommandCall call)
    {
        var (name, parsed) = (CustomFieldName.Whole(call.Parsed.GetRequiredValue(NewName)), call.Parsed);
        var body = new JsonObject { ["name"] = name, ["type"] = parsed.GetRequiredValue(Type), ["mandatory"] = parsed.GetValue(IsMandatory) };
        body.Set("maxLength", parsed.GetValue(Length));
        body.Set("list", parsed.GetValue(List));
        body.Set("defaultValue", parsed.GetValue(Default));
        body.Set("label", parsed.GetValue(Label));
        body.Set("description", parsed.GetValue(Description));
        return await SendAsync(call, name, RecordEdit.Create(CommandBody.Of(body), CustomFieldFields.Definition, assignedKey: null));
    }

    private static Task<Answer<CommandOutput>> RetireAsync(CommandCall call, bool isRetired)
    {
        var name = CustomFieldName.Whole(call.Parsed.GetRequiredValue(AddedName));
        return SendAsync(call, name, CommandBody.Change(new JsonObject { [CustomFieldFields.Retired.Name] = isRetired }, [name]));
    }

    private static async Task<Answer<CommandOutput>> SendAsync(CommandCall call, string name, Answer<RecordEdit> edit) => edit.Refusal is { } refusal ? refusal
        : CommandOutput.OfWrite(name, await call.Services.GetRequiredService<IMediator>().Send(new EditCustomFieldCommand(call.Tenant, call.Caller, edit.Value), call.CancellationToken));
}
