using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Catalogue;
using CrmImport.Features.ReadContact;
using CrmImport.Infrastructure;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
using MediatR;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace CrmImport.Features.UpsertContact;

/// <summary><c>POST /rest/contact/contact</c>: create or update one contact by clientRef and contactRef (source: Oneserve contact API).</summary>
internal static class UpsertContactEndpoint
{
    private const string OutcomeHeader = "X-Outcome";
    private const string ReturnRepresentation = "return=representation";

    public static void MapUpsertContact(this IEndpointRouteBuilder app) =>
        app.MapPost("/rest/contact/contact", HandleAsync)
            .Needs(Permissions.ContactAdd, Permissions.ContactEdit)
            .WithTags("Contacts")
            .WithSummary("Create or update a contact")
            .WithDescription(
                """
                Answers 200 and exactly {"result":"success","result_msg":""}; the headers X-Outcome (created, updated, unchanged), ETag and Location say what happened.
                With Prefer: return=representation the stored contact comes along under data. Optional fields that are absent stay as they are; "" or null clears them.
                Numbers, booleans and dates may come as text; dates are dd/MM/yyyy or yyyy-MM-dd.
                """)
            .TakesRecord(ContactFields.Contact, QuickStart.SampleContact)
            .TakesQuery("locations", "merge (default) adds or updates the locations given; replace makes them the whole set", "merge", "replace")
            .TakesHeader("Prefer", "return=representation adds the stored contact to the answer")
            .TakesHeader("If-Match", "The version the contact must have, as an entity tag, or * for any: else 412")
            .TakesHeader("If-None-Match", "* creates only: 412 if the contact exists")
            .AnswersHeader("X-Outcome", "created, updated or unchanged")
            .AnswersHeader("ETag", "The contact's version")
            .AnswersHeader("Location", "The contact's address")
            .Produces<WrittenBody>();

    private static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, IOptions<LimitsOptions> limits, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordAsync(http, ContactFields.Contact, limits.Value.BodyBytes, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var mode = ReadMode(http.Request.Query);
        var precondition = Precondition.Read(http.Request);
        if ((mode.Refusal ?? precondition.Refusal) is { } refusal)
        {
            return refusal;
        }

        var command = new UpsertContactCommand(tenant, caller, body.Value, mode.Value, precondition.Value);
        var written = await mediator.Send(command, cancellationToken);
        if (written.Refusal is not null)
        {
            return written.Refusal;
        }

        Describe(http.Response.Headers, command, written.Value);
        if (!Prefers(http.Request, ReturnRepresentation))
        {
            return TypedResults.Bytes(Envelope.Success, Envelope.ContentType);
        }

        var stored = await mediator.Send(new ReadContactQuery(tenant, command.ClientRef, command.ContactRef), cancellationToken);
        return stored.ToResult(contact => Represent(http, body.Value, contact));
    }

    private static Answer<LocationsMode> ReadMode(IQueryCollection query)
    {
        if (query.ContainsKey("dryRun"))
        {
            // Better refused than ignored: whoever asks for a trial must not get the real thing.
            return Refusal.Of(ApiErrors.InvalidParameter, "dryRun", "This route has no dry run");
        }

        return (string?)query["locations"] switch
        {
            null or "merge" => LocationsMode.Merge,
            "replace" => LocationsMode.Replace,
            _ => Refusal.Of(ApiErrors.InvalidParameter, "locations", "locations must be merge or replace"),
        };
    }

    private static void Describe(IHeaderDictionary headers, UpsertContactCommand command, UpsertContactResult result)
    {
        headers[OutcomeHeader] = result.Outcome.Text();
        headers.ETag = RecordHistory.ETagOf(result.Version);
        headers.Location = $"/api/v1/clients/{Uri.EscapeDataString(command.ClientRef)}/contacts/{Uri.EscapeDataString(command.ContactRef)}";
    }

    // The contact as it is now: if somebody wrote it since, that version, and its tag.
    private static JsonHttpResult<WrittenBody> Represent(HttpContext http, RecordInput input, Contact contact)
    {
        http.Response.Headers.ETag = contact.History.ETag;
        http.Response.Headers["Preference-Applied"] = ReturnRepresentation;
        var warnings = input.AllProblems().ToArray();
        return TypedResults.Json(new WrittenBody(contact, warnings.Length > 0 ? warnings : null), UpsertContactJson.Default.WrittenBody);
    }

    // RFC 7240: preferences are separated by commas, their parameters by semicolons, and a value may be quoted.
    private static bool Prefers(HttpRequest request, string preference) =>
        request.Headers["Prefer"].ToString().Split(',', ';').Any(part => part.Trim().Replace("\"", "", StringComparison.Ordinal).Equals(preference, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The answer to a write; the record and the warnings only where they were asked for.</summary>
internal sealed record WrittenBody(
    [property: JsonPropertyOrder(1), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Contact? Data,
    [property: JsonPropertyOrder(2), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<Problem>? Problems) : SuccessBody;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(WrittenBody))]
internal sealed partial class UpsertContactJson : JsonSerializerContext;
