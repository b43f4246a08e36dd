using CrmImport.Features.Contacts;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Parties.WriteParty;

/// <summary><c>POST /api/parties</c>, <c>PUT</c> and <c>PATCH /api/parties/{id}</c>: contacts in InTouch's conventions (source: InTouch REST API).</summary>
internal static class WritePartyEndpoint
{
    public static void DescribePost(RouteHandlerBuilder route) => route
        .TakesSelection(Party.List)
        .TakesWriteConditions()
        .WithName("CreateParty")
        .WithSummary("Create a party")
        .WithDescription("201 with the party's URL and number; 409 if the contact exists. Without contactRef the contact gets its number as its ref, without clientRef it belongs to the client that the setting defaultClientRef names. A body that sets id is refused. With dryRun=true the answer is 200, in the shape of ContactWriteResponse.")
        .TakesRecord(ContactFields.Contact, hasKeys: false)
        .Produces<Party>(StatusCodes.Status201Created);

    public static void DescribePut(RouteHandlerBuilder route) => route
        .TakesSelection(Party.List)
        .TakesWriteConditions()
        .WithName("ReplaceParty")
        .WithSummary("Replace a party")
        .WithDescription("The body is the whole party: an absent optional field is cleared, and locations is the complete list. With dryRun=true the answer has the shape of ContactWriteResponse.")
        .TakesRecord(ContactFields.Contact, hasKeys: false)
        .Produces<Party>();

    public static void DescribePatch(RouteHandlerBuilder route) => route
        .TakesSelection(Party.List)
        .TakesWriteConditions()
        .WithName("PatchParty")
        .WithSummary("Change parts of a party")
        .WithDescription("The body has the fields to change; null clears an optional field. With dryRun=true the answer has the shape of ContactWriteResponse.")
        .TakesPatch(ContactFields.Contact, "surname", "Smith")
        .Produces<Party>();

    public static void DescribePatchByPost(RouteHandlerBuilder route) => route
        .TakesSelection(Party.List)
        .TakesWriteConditions()
        .WithName("PatchPartyByPost")
        .WithSummary("Change parts of a party by POST")
        .WithDescription("The same as PATCH, for SuperOffice's clients, which send patches by POST too.")
        .TakesPatch(ContactFields.Contact, "surname", "Smith")
        .Produces<Party>();

    public static Task<IResult> PostAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken) =>
        SendRecordAsync(http, tenant, caller, null, mediator, cancellationToken);

    public static Task<IResult> PutAsync(
        HttpContext http, Tenant tenant, Caller caller, PartyNumber id, IMediator mediator, CancellationToken cancellationToken) =>
        SendRecordAsync(http, tenant, caller, id.Value, mediator, cancellationToken);

    private static async Task<IResult> SendRecordAsync(
        HttpContext http, Tenant tenant, Caller caller, long? id, IMediator mediator, CancellationToken cancellationToken)
    {
        var shape = await tenant.Rules.OfAsync(Party.Shape, cancellationToken);
        var body = await JsonBody.ReadAsync(http, JsonBody.RecordMediaTypes, json => Parse(json, shape, id), cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        SentRecord.Attach(http, body.Value.Content);
        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        return conditions.Refusal
            ?? (await mediator.Send(new WritePartyCommand(tenant, caller, id, body.Value.Content, null, conditions.Value), cancellationToken)).ToResult();
    }

    private static Answer<RecordInput> Parse(JsonBytes json, RecordShape shape, long? id)
    {
        var record = JsonBody.ReadRecord(json, shape);
        return record.Refusal is null && PartyId.Check(json, id) is { } refusal ? refusal : record;
    }

    public static async Task<IResult> PatchAsync(
        HttpContext http, Tenant tenant, Caller caller, PartyNumber id, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await PatchBody.ReadAsync(http, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        return conditions.Refusal ?? (await mediator.Send(
            new WritePartyCommand(tenant, caller, id.Value, null, body.Value.Content, conditions.Value), cancellationToken)).ToResult();
    }
}
