using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Features.Accounts.EditAccount;
using CrmImport.Features.Accounts.ListAccounts;
using CrmImport.Features.Accounts.ReadAccount;
using CrmImport.Features.Accounts.UnlockAccount;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Accounts;

/// <summary><c>account …</c>: who may call, kept from the command line by the requests that HTTP sends too. The first administrator of a database is made this way.</summary>
internal static class AccountCommands
{
    private const string Password = "password";

    private static readonly Argument<string> OpId = new("op_id") { Description = "The account's id, case-insensitive, for example OWN." };
    private static readonly Option<string?> Name = new("--name") { Description = "Whose it is." };
    private static readonly Option<int?> Level = new("--level") { Description = $"0 to 99; from {Caller.OwnerLevel} up the account has every permission." };
    private static readonly Option<int?> Function = new("--function") { Description = "Collect!'s number for the operator's function; it has no effect here." };
    private static readonly Option<string?> Kind = new("--kind") { Description = "operator (a person, who logs in), api (sends its password with every request) or service (calls with the keys of its endpoints, has no password)." };
    private static readonly Option<bool?> Active = new("--active") { Description = "false: the account can no longer call, and its session ends." };
    private static readonly Option<string[]> Permission = new("--permission") { Description = $"A permission of the account; repeat the option for each. One of {string.Join(", ", Permissions.All)}." };
    private static readonly Option<bool?> StrictFields = new("--strict-fields") { Description = "true: unknown fields of its writes are refused; false: ignored. Left out: as the database's setting says." };
    private static readonly Option<bool> NoPermissions = new("--no-permissions") { Description = "Remove all its permissions." };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "account",
        "Who may call: operators, api users and service accounts.",
        host.InDatabase(
            "add",
            "Create an account. Its password is prompted for twice, or read from the first line of standard input. The first administrator of a new database: account add OWN --level 10",
            [OpId, Name, Level, Function, Kind, Permission, StrictFields],
            AddAsync),
        host.InDatabase("list", "List accounts.", [], ListAsync),
        host.InDatabase("show", "Show an account.", [OpId], ShowAsync),
        host.InDatabase("set", "Change the given options and keep the rest. --permission replaces the whole list.", [OpId, Name, Level, Function, Active, Permission, NoPermissions, StrictFields], SetAsync),
        host.InDatabase("password", "Change an account's password: prompted for twice, or read from the first line of standard input. Its session ends.", [OpId], SetPasswordAsync),
        host.InDatabase("unlock", "Clear an account's failed logins, so that it can try again.", [OpId], UnlockAsync));

    private static async Task<Answer<CommandOutput>> AddAsync(CommandCall call)
    {
        var (parsed, opId) = (call.Parsed, call.Parsed.GetRequiredValue(OpId));
        var body = new JsonObject { ["op_id"] = opId, ["op_name"] = parsed.GetValue(Name) ?? opId };
        body.Set("op_level", parsed.GetValue(Level));
        body.Set("op_function", parsed.GetValue(Function));
        body.Set("kind", parsed.GetValue(Kind));
        body.Set("permissions", Rights(parsed));
        body.Set("strictFields", parsed.GetValue(StrictFields));
        if (parsed.GetValue(Kind) != AccountKinds.Service)
        {
            body[AccountFields.Password.Name] = call.Terminal.ReadSecret(Password, twice: true);
        }

        return await SendAsync(call, RecordEdit.Create(CommandBody.Of(body), AccountFields.Account, assignedKey: null));
    }

    private static async Task<Answer<CommandOutput>> ListAsync(CommandCall call)
    {
        var all = await CommandList.ReadAsync(AccountFields.List, async list =>
            (await call.Services.GetRequiredService<IMediator>().Send(new ListAccountsQuery(call.Tenant, list), call.CancellationToken)).Value.Items);
        return CommandOutput.OfList(all, account => $"{account.OpId}  {account.Kind}, level {account.OpLevel}{(account.Active ? "" : ", not active")}  {account.OpName}  {string.Join(' ', account.Permissions)}");
    }

    private static async Task<Answer<CommandOutput>> ShowAsync(CommandCall call)
    {
        var answer = await call.Services.GetRequiredService<IMediator>().Send(new ReadAccountQuery(call.Tenant, call.Parsed.GetRequiredValue(OpId)), call.CancellationToken);
        return answer.Refusal is { } refusal ? refusal : CommandOutput.OfRecord(answer.Value);
    }

    private static Task<Answer<CommandOutput>> SetAsync(CommandCall call)
    {
        var (parsed, patch) = (call.Parsed, new JsonObject());
        patch.Set("op_name", parsed.GetValue(Name));
        patch.Set("op_level", parsed.GetValue(Level));
        patch.Set("op_function", parsed.GetValue(Function));
        patch.Set("active", parsed.GetValue(Active));
        patch.Set("strictFields", parsed.GetValue(StrictFields));
        patch.Set("permissions", parsed.GetValue(NoPermissions) ? new JsonArray() : Rights(parsed));
        return patch.Count > 0 ? PatchAsync(call, patch) : throw new WrongUsageException("Nothing to change; see `account set --help`.");
    }

    private static Task<Answer<CommandOutput>> SetPasswordAsync(CommandCall call) =>
        PatchAsync(call, new JsonObject { [AccountFields.Password.Name] = call.Terminal.ReadSecret(Password, twice: true) });

    private static async Task<Answer<CommandOutput>> UnlockAsync(CommandCall call)
    {
        var opId = call.Parsed.GetRequiredValue(OpId);
        var answer = await call.Services.GetRequiredService<IMediator>().Send(new UnlockAccountCommand(call.Tenant, call.Caller, opId, WriteConditions.None), call.CancellationToken);
        return answer.Refusal is { } refusal ? refusal : new CommandOutput(new JsonObject { ["op_id"] = opId }, $"{opId} can log in again.");
    }

    private static async Task<Answer<CommandOutput>> PatchAsync(CommandCall call, JsonObject patch) => await SendAsync(
        call,
        CommandBody.Change(patch, [call.Parsed.GetRequiredValue(OpId)]));

    private static async Task<Answer<CommandOutput>> SendAsync(CommandCall call, Answer<RecordEdit> edit)
    {
        if (edit.Refusal is { } refusal)
        {
            return refusal;
        }

        var answer = await call.Services.GetRequiredService<IMediator>().Send(new EditAccountCommand(call.Tenant, call.Caller, edit.Value), call.CancellationToken);
        return CommandOutput.OfWrite("account", answer);
    }

    private static JsonArray? Rights(ParseResult parsed) =>
        parsed.GetValue(Permission) is { Length: > 0 } rights ? new JsonArray([.. rights.Select(right => JsonValue.Create(right))]) : null;
}
