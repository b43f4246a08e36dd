using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ReplaceContact;

/// <summary><c>PUT /api/v1/clients/{clientRef}/contacts/{contactRef}</c>: create the contact or replace it whole.</summary>
internal static class ReplaceContactEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Create or replace a contact")
        .WithDescription("The body is the whole contact: an absent optional field is cleared, and locations is the complete list. The refs may be omitted; if given, they must match the URL.")
        .TakesRecord(ContactFields.Contact, hasKeys: false)
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>(mayCreate: true);

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordAsync(http, await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken), cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var record = body.Value.Content;
        record.TakeKey(ContactFields.ClientRef, clientRef);
        record.TakeKey(ContactFields.ContactRef, contactRef);
        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        if (conditions.Refusal is not null)
        {
            return conditions.Refusal;
        }

        var command = new UpsertContactCommand(tenant, caller, record, ContactWriteMode.Replace, conditions.Value, written => written.ToNativeAnswer(record))
        {
            MustNameVersion = (await tenant.Settings.ReadAsync(cancellationToken)).RequireVersion,
        };
        return (await mediator.Send(command, cancellationToken)).ToResult();
    }
}
