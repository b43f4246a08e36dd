using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.ListParties;

/// <summary><c>GET /api/parties</c>: the directory, in exactly InTouch's six keys (source: InTouch REST API).</summary>
internal static class ListPartiesEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List parties")
        .WithDescription("Contacts with their numbers, without an envelope. orderBy and desc are absent unless an order was requested; the default order is by ref. orderBy takes modified and created, too.")
        .TakesList(Party.List, "surname begins 'Te' and id gt 100")
        .Produces<ListPage<Party>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        var list = ListRequest.Read(http, Party.List.In(rules));
        return list.Refusal ?? (await mediator.Send(new ListPartiesQuery(tenant, rules.Of(ContactFields.Contact), list.Value), cancellationToken))
            .ToResult(page => page.ToBareResult(list.Value.Selection, ListPartiesJson.Default.ListPageParty, ListPartiesJson.Default.Party));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ListPage<Party>))]
internal sealed partial class ListPartiesJson : JsonSerializerContext;
