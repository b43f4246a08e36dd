using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Clients.ReadClient;

/// <summary><c>GET /api/v1/clients/{clientRef}</c>: a client with its contacts, their locations, and its own locations.</summary>
internal static class ReadClientEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read a client with its contacts and locations")
        .WithDescription("Contacts and locations are ordered by ref, at most Limits:ClientItems of each; contactsTotal and locationsTotal are the full counts. Without contact:read, contacts and contactsTotal are absent; without location:read too, locations and locationsTotal.")
        .TakesSelection(ClientFields.Whole)
        .TakesArchived()
        .Produces<SuccessBody<Client>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, Caller caller, string clientRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var archived = ArchivedParameter.Read(http.Request.Query);
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        var selection = Selection.Read(http.Request.Query, ClientFields.Whole.In(rules));
        return archived.Refusal ?? selection.Refusal ?? (await mediator.Send(new ReadClientQuery(tenant, rules, caller, clientRef, archived.Value), cancellationToken))
            .ToResult(client => Selection.ToResult(selection.Value, client, ReadClientJson.Default.SuccessBodyClient, ReadClientJson.Default.Client));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Client>))]
internal sealed partial class ReadClientJson : JsonSerializerContext;
