using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.ReadContact;

/// <summary><c>GET /api/v1/clients/{clientRef}/contacts/{contactRef}</c>: one contact with its locations.</summary>
internal static class ReadContactEndpoint
{
    public static void MapReadContact(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/clients/{clientRef}/contacts/{contactRef}", HandleAsync)
            .Needs(Permissions.ContactRead)
            .WithTags("Contacts")
            .WithSummary("Read a contact with its locations")
            .WithDescription("ETag is the contact's version; If-None-Match with it answers 304.")
            .TakesHeader("If-None-Match", "The version at hand: 304 if it is the stored one")
            .AnswersHeader("ETag", "The contact's version")
            .Produces<SuccessBody<Contact>>();

    private static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var precondition = Precondition.Read(http.Request);
        return precondition.Refusal
            ?? (await mediator.Send(new ReadContactQuery(tenant, clientRef, contactRef), cancellationToken)).ToResult(contact => Succeed(http, precondition.Value, contact));
    }

    private static IResult Succeed(HttpContext http, Precondition precondition, Contact contact)
    {
        http.Response.Headers.ETag = contact.History.ETag;
        return precondition.Holds(contact.History.ETag)
            ? TypedResults.Json(new SuccessBody<Contact>(contact), ReadContactJson.Default.SuccessBodyContact)
            : precondition.IfMatch is null ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : new Refusal(ApiErrors.PreconditionFailed, $"The stored version is {contact.History.ETag}");
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Contact>))]
internal sealed partial class ReadContactJson : JsonSerializerContext;
