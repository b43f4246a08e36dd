using CrmImport.Features.Contacts.Writing;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.UpsertContact;

/// <summary><c>POST /rest/contact/contact</c>: create or update one contact by clientRef and contactRef (source: Oneserve contact API).</summary>
internal static class UpsertContactEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Create or update a contact")
        .WithDescription(
            """
            Returns 200 and exactly {"result":"success","result_msg":""}; the headers X-Outcome (created, updated, unchanged), ETag and Location report what happened.
            With Prefer: return=representation the stored contact is included under data. Optional fields that are absent stay as they are; "" or null clears them.
            Numbers, booleans and dates may be sent as text; dates are dd/MM/yyyy or yyyy-MM-dd.
            Changing a location's usage type also requires location:edit.
            """)
        .TakesRecord(ContactFields.Contact)
        .TakesSelection(ContactList.Shape)
        .TakesQuery("locations", "merge (default) adds or updates the locations given; replace makes them the whole set", "merge", "replace")
        .TakesWriteConditions()
        .TakesPreference()
        .AnswersWrite<Contact>(onlyIfPreferred: true);

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordAsync(http, await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken), cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var mode = ReadMode(http.Request.Query);
        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        if ((mode.Refusal ?? conditions.Refusal) is { } refusal)
        {
            return refusal;
        }

        var wantsRecord = Preference.IsRepresentation(http.Request);
        var command = new UpsertContactCommand(
            tenant, caller, body.Value.Content, ContactWriteMode.Upsert, conditions.Value, written => ToAnswer(written, wantsRecord, body.Value.Content))
        {
            Locations = mode.Value,
            WantsRecord = wantsRecord || conditions.Value.IsDryRun,
        };
        return (await mediator.Send(command, cancellationToken)).ToResult();
    }

    private static Answer<LocationsMode> ReadMode(IQueryCollection query) => (string?)query["locations"] switch
    {
        null or "merge" => LocationsMode.Merge,
        "replace" => LocationsMode.Replace,
        _ => Refusal.Of(ApiErrors.InvalidParameter, "locations", "locations must be merge or replace"),
    };

    // 200 whether created, updated or unchanged: the header says which (source: Oneserve contact API).
    private static WriteAnswer ToAnswer(WrittenContact written, bool wantsRecord, RecordInput input)
    {
        if (written.IsDryRun)
        {
            return written.ToTrialAnswer();
        }

        var plain = new WriteAnswer(StatusCodes.Status200OK, written.Outcome, written.ETag, written.Address, Envelope.Success) { Warnings = written.Warnings };
        if (!wantsRecord)
        {
            return plain;
        }

        return plain with { Body = written.ToBody(input), PreferenceApplied = Preference.Representation };
    }
}
