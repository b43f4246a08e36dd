using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Features.Integrations.EditIntegration;
using CrmImport.Features.Integrations.ListIntegrations;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.CommandLine;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Integrations;

/// <summary><c>endpoint …</c>: what service accounts call through, kept by the requests that HTTP sends too.</summary>
internal static class IntegrationCommands
{
    /// <summary>How every command names an endpoint.</summary>
    public static readonly Argument<string> Endpoint = new("endpoint") { Description = "The endpoint's id or its name." };

    private static readonly Argument<string> NewName = new("name") { Description = "The endpoint's name, unique (case-insensitive), for example \"Web shop\"." };
    private static readonly Option<string> Account = new("--account") { Description = "The op_id of the service account that calls through it.", Required = true };
    private static readonly Option<string[]> Allow = new("--allow")
    {
        Description = "An address or range (10.0.0.0/8, 2001:db8::/32) from which calls are allowed; repeat the option for several. None: any address.",
        AllowMultipleArgumentsPerToken = true,
    };

    private static readonly Option<string?> Name = new("--name") { Description = "Another name." };
    private static readonly Option<bool> AnyAddress = new("--any-address") { Description = "Allow calls from any address." };
    private static readonly Option<bool?> Active = new("--active") { Description = "false: none of its keys is accepted." };

    public static Command Make(CommandHost host) => CommandHost.Group(
        "endpoint",
        "What service accounts call through, with keys, and from which addresses.",
        host.InDatabase("add", "Create an endpoint for a service account (see account add … --kind service). Create its first key with key add", [NewName, Account, Allow], AddAsync),
        host.InDatabase("list", "List endpoints.", [], ListAsync),
        host.InDatabase("set", "Change the given options and keep the rest. --allow replaces the whole list.", [Endpoint, Name, Allow, AnyAddress, Active], SetAsync));

    /// <summary>The endpoint a command names, by its id or its name in any case.</summary>
    public static async Task<Answer<Integration>> FindAsync(CommandCall call)
    {
        var named = call.Parsed.GetRequiredValue(Endpoint);
        var all = await ReadAllAsync(call);
        var found = all.FirstOrDefault(endpoint => endpoint.Id == named) ?? all.FirstOrDefault(endpoint => string.Equals(endpoint.Name, named, StringComparison.OrdinalIgnoreCase));
        return found is not null ? found : new Refusal(ApiErrors.EndpointNotFound, $"No endpoint {named}");
    }

    private static async Task<Answer<CommandOutput>> AddAsync(CommandCall call)
    {
        var body = new JsonObject { ["name"] = call.Parsed.GetRequiredValue(NewName), ["account"] = call.Parsed.GetRequiredValue(Account) };
        body.Set("allowedAddresses", Addresses(call.Parsed));
        return await SendAsync(
            call, RecordEdit.Create(CommandBody.Of(body), IntegrationFields.Integration, $"{Guid.CreateVersion7()}"));
    }

    private static async Task<Answer<CommandOutput>> ListAsync(CommandCall call) => CommandOutput.OfList(await ReadAllAsync(call), endpoint =>
        $"{endpoint.Id}  {endpoint.Name}  account {endpoint.Account}{(endpoint.Active ? "" : ", not active")}  from {(endpoint.AllowedAddresses.Length > 0 ? string.Join(' ', endpoint.AllowedAddresses) : "any address")}");

    private static async Task<Answer<CommandOutput>> SetAsync(CommandCall call)
    {
        var (parsed, patch) = (call.Parsed, new JsonObject());
        patch.Set("name", parsed.GetValue(Name));
        patch.Set("active", parsed.GetValue(Active));
        patch.Set("allowedAddresses", parsed.GetValue(AnyAddress) ? new JsonArray() : Addresses(parsed));
        if (patch.Count == 0)
        {
            throw new WrongUsageException("Nothing to change; see `endpoint set --help`.");
        }

        var found = await FindAsync(call);
        return found.Refusal is { } refusal
            ? refusal
            : await SendAsync(call, CommandBody.Change(patch, [found.Value.Id]));
    }

    private static async Task<Answer<CommandOutput>> SendAsync(CommandCall call, Answer<RecordEdit> edit) => edit.Refusal is { } refusal
        ? refusal
        : CommandOutput.OfWrite("endpoint", await call.Services.GetRequiredService<IMediator>().Send(new EditIntegrationCommand(call.Tenant, call.Caller, edit.Value), call.CancellationToken));

    private static Task<IReadOnlyList<Integration>> ReadAllAsync(CommandCall call) => CommandList.ReadAsync(IntegrationFields.List, async list =>
        (await call.Services.GetRequiredService<IMediator>().Send(new ListIntegrationsQuery(call.Tenant, list), call.CancellationToken)).Value.Items);

    private static JsonArray? Addresses(ParseResult parsed) =>
        parsed.GetValue(Allow) is { Length: > 0 } addresses ? new JsonArray([.. addresses.Select(address => JsonValue.Create(address))]) : null;
}
