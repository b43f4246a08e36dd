using CrmImport.Features.Contacts.UpsertContact;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.CreateContact;

/// <summary><c>POST /api/v1/contacts</c>: create one contact; 409 where it exists.</summary>
internal static class CreateContactEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Create a contact")
        .WithDescription("Creates only: 201 and the record, 409 contact_exists if it exists. Values are read as leniently as by POST /rest/contact/contact.")
        .TakesRecord(ContactFields.Contact)
        .TakesSelection(ContactList.Shape)
        .TakesWriteConditions()
        .AnswersWrite<Contact>(mayCreate: true);

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadRecordAsync(http, await tenant.Rules.OfAsync(ContactFields.Contact, cancellationToken), cancellationToken);
        if (body.Refusal is not null)
        {
            return body.Refusal;
        }

        var conditions = WriteConditions.Read(http.Request, body.Value.Json.Raw.Span);
        return conditions.Refusal ?? (await mediator.Send(
            new UpsertContactCommand(tenant, caller, body.Value.Content, ContactWriteMode.Create, conditions.Value, written => written.ToNativeAnswer(body.Value.Content)), cancellationToken))
            .ToResult();
    }
}
