using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.ReadParty;

/// <summary><c>GET /api/parties/{id}</c>: one contact by its number, bare as InTouch answers it (source: InTouch REST API).</summary>
internal static class ReadPartyEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read a party")
        .WithDescription("The contact with its number, without an envelope. ETag is its version; If-None-Match with it returns 304.")
        .TakesSelection(Party.List)
        .TakesArchived()
        .AnswersVersion()
        .DescribesRecord<Party>(ContactFields.Contact, Party.AddId)
        .Produces<Party>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, PartyNumber id, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var archived = ArchivedParameter.Read(http.Request.Query);
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        var selection = Selection.Read(http.Request.Query, Party.List.In(rules));
        return precondition.Refusal ?? archived.Refusal ?? selection.Refusal
            ?? (await mediator.Send(new ReadPartyQuery(tenant, rules.Of(ContactFields.Contact), id.Value, archived.Value), cancellationToken))
                .ToResult(party => precondition.Value.Answer(http, party.Contact.ETag, () => Selection.ToBareResult(selection.Value, party, ReadPartyJson.Default.Party)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Party))]
internal sealed partial class ReadPartyJson : JsonSerializerContext;
