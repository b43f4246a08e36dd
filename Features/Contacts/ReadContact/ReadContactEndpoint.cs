using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ReadContact;

/// <summary><c>GET /api/v1/clients/{clientRef}/contacts/{contactRef}</c>: one contact with its locations.</summary>
internal static class ReadContactEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read a contact with its locations")
        .WithDescription("ETag is the contact's version; If-None-Match with it returns 304.")
        .TakesSelection(ContactList.Shape)
        .TakesArchived()
        .AnswersVersion()
        .DescribesRecord<Contact>(ContactFields.Contact)
        .Produces<SuccessBody<Contact>>();

    public static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        var selection = Selection.Read(http.Request.Query, ContactList.Shape.In(rules));
        var archived = ArchivedParameter.Read(http.Request.Query);
        return precondition.Refusal ?? selection.Refusal ?? archived.Refusal
            ?? (await mediator.Send(new ReadContactQuery(tenant, rules.Of(ContactFields.Contact), clientRef, contactRef, archived.Value), cancellationToken)).ToResult(contact =>
                precondition.Value.Answer(http, contact.ETag, () =>
                    Selection.ToResult(selection.Value, contact, ReadContactJson.Default.SuccessBodyContact, ReadContactJson.Default.Contact)));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Contact>))]
internal sealed partial class ReadContactJson : JsonSerializerContext;
