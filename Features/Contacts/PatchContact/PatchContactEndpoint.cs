using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Patches;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.PatchContact;

/// <summary><c>PATCH /api/v1/clients/{clientRef}/contacts/{contactRef}</c>: change a contact by a merge patch or a JSON Patch (source: SuperOffice REST API).</summary>
internal static class PatchContactEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Change parts of a contact")
        .WithDescription(
            """
            A JSON object is a merge patch (RFC 7396): null clears an optional field, and an array of locations becomes all of them. A JSON array is a
            JSON Patch (RFC 6902) on the record as GET shows it: all operations or none. Refs and history may be tested, not changed. Answers the whole record.
            """)
        .TakesPatch(ContactFields.Contact, "surname", "Smith")
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>();

    public static void DescribeByPost(RouteHandlerBuilder route) => route
        .WithName("PatchContactByPost")
        .WithSummary("Change parts of a contact by POST")
        .WithDescription("The same as PATCH, for SuperOffice's clients, which send patches by POST too.")
        .TakesPatch(ContactFields.Contact, "surname", "Smith")
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>();

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await PatchBody.ReadAsync(http, cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        return conditions.Refusal ?? (await mediator.Send(
            new PatchContactCommand(tenant, caller, clientRef, contactRef, body.Value.Content, conditions.Value, written => written.ToNativeAnswer()), cancellationToken))
            .ToResult();
    }
}
