using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using CrmImport.Features.Lists.DeleteListItem;
using CrmImport.Features.Lists.EditListItem;
using CrmImport.Features.Lists.ReadLists;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Lists;

/// <summary><c>list …</c>: the lists that records choose from, kept from the command line by the requests that HTTP sends too.</summary>
internal static class ListCommands
{
    private static readonly Argument<string> List = new("list") { Description = "The list's name, for example contacttype, usagetype, salutation or task." };
    private static readonly Argument<string?> OneList = new("list") { Description = "One list; left out: all.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Argument<int> Id = new("id") { Description = "The item's id, from 1." };
    private static readonly Option<string?> Name = new("--name") { Description = "The text that people see; a new item must have one." };
    private static readonly Option<int?> Rank = new("--rank") { Description = "Its position in the list; items of equal rank are ordered by id." };
    private static readonly Option<bool?> Active = new("--active") { Description = "false: it is no longer offered and accepted; records that have it keep it." };
    private static readonly Option<bool> CreateList = new("--create-list") { Description = "Create the list if there is none of that name." };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "list",
        "The lists that records choose from: contact types, usage types, salutations, tasks.",
        host.InDatabase("show", "Show all lists, or one, with their items in order.", [OneList], ShowAsync),
        host.InDatabase("set", "Create an item of a list, or change the given options of one and keep the rest.", [List, Id, Name, Rank, Active, CreateList], SetAsync),
        host.InDatabase("delete", "Delete an item that is not active and that no record has.", [List, Id], DeleteAsync));

    private static async Task<Answer<CommandOutput>> ShowAsync(CommandCall call)
    {
        var named = call.Parsed.GetValue(OneList);
        var lists = await call.Services.GetRequiredService<IMediator>().Send(new ReadListsQuery(call.Tenant, named, null), call.CancellationToken);
        return lists.Refusal is { } refusal ? refusal
            : named is not null && lists.Value.Count == 0 ? new Refusal(ApiErrors.ListNotFound, $"No list {named}")
            : CommandOutput.OfList(
                [.. lists.Value.SelectMany(list => list.Value.Select(item => new ListedItem(list.Key, item.Id, item.Name, item.Rank, item.Active)))],
                item => $"{item.List}  {item.Id}  {item.Name}{(item.Active ? "" : "  not active")}");
    }

    private static async Task<Answer<CommandOutput>> SetAsync(CommandCall call)
    {
        var (parsed, list, id) = (call.Parsed, call.Parsed.GetRequiredValue(List), call.Parsed.GetRequiredValue(Id));
        var mediator = call.Services.GetRequiredService<IMediator>();
        var stored = await mediator.Send(new ReadListsQuery(call.Tenant, list, null), call.CancellationToken);
        var before = stored.Value.GetValueOrDefault(list)?.FirstOrDefault(item => item.Id == id);
        var body = new JsonObject();
        body.Set(ListItemFields.Name.Name, parsed.GetValue(Name) ?? before?.Name);
        body.Set(ListItemFields.Rank.Name, parsed.GetValue(Rank) ?? before?.Rank);
        body.Set(ListItemFields.Active.Name, parsed.GetValue(Active) ?? before?.Active);
        var item = JsonBody.ReadRecord(CommandBody.Of(body), ListItemFields.Item);
        return item.Refusal is { } refusal ? refusal : CommandOutput.OfWrite(list, await mediator.Send(
            new EditListItemCommand(call.Tenant, call.Caller, list, id.ToString(CultureInfo.InvariantCulture), item.Value, WriteConditions.None, parsed.GetValue(CreateList)), call.CancellationToken));
    }

    private static async Task<Answer<CommandOutput>> DeleteAsync(CommandCall call)
    {
        var (list, id) = (call.Parsed.GetRequiredValue(List), call.Parsed.GetRequiredValue(Id).ToString(CultureInfo.InvariantCulture));
        return CommandOutput.OfWrite(list, await call.Services.GetRequiredService<IMediator>().Send(new DeleteListItemCommand(call.Tenant, call.Caller, list, id, WriteConditions.None), call.CancellationToken));
    }

    private sealed record ListedItem(string List, int Id, string Name, int Rank, bool Active);
}
