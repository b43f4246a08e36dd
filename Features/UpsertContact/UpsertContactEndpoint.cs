using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Fields;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
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
            .Produces<SuccessBody<Contact>>();

    private static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, IOptions<LimitsOptions> limits, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordAsync(http, ContactFields.Contact, limits.Value.BodyBytes, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        if (!TryReadMode(http.Request.Query["locations"], out var mode))
        {
            return Refusal.Of(ApiErrors.InvalidParameter, "locations", "locations must be merge or replace");
        }

        var written = await mediator.Send(new UpsertContactCommand(tenant, caller, body.Value, mode), cancellationToken);
        return written.ToResult(result => Succeed(http, body.Value, result));
    }

    private static bool TryReadMode(string? text, out LocationsMode mode)
    {
        mode = text == "replace" ? LocationsMode.Replace : LocationsMode.Merge;
        return text is null or "merge" or "replace";
    }

    private static IResult Succeed(HttpContext http, RecordInput input, UpsertContactResult result)
    {
        var headers = http.Response.Headers;
        headers[OutcomeHeader] = result.Outcome.Text();
        headers.ETag = result.Contact.History.ETag;
        headers.Location = $"/api/v1/clients/{Uri.EscapeDataString(result.Contact.ClientRef)}/contacts/{Uri.EscapeDataString(result.Contact.ContactRef)}";
        if (!http.Request.Headers["Prefer"].Any(prefer => prefer is not null && prefer.Contains(ReturnRepresentation, StringComparison.OrdinalIgnoreCase)))
        {
            return TypedResults.Bytes(Envelope.Success, Envelope.ContentType);
        }

        headers["Preference-Applied"] = ReturnRepresentation;
        var warnings = input.AllProblems().ToArray();
        return TypedResults.Json(new SuccessBody<Contact>(result.Contact, warnings.Length > 0 ? warnings : null), UpsertContactJson.Default.SuccessBodyContact);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Contact>))]
internal sealed partial class UpsertContactJson : JsonSerializerContext;
