using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Features.Catalogue;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using MediatR;
using Microsoft.Net.Http.Headers;

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
            .Produces<SuccessBody<Contact>>();

    private static async Task<IResult> HandleAsync(
        HttpContext http, Tenant tenant, string clientRef, string contactRef, IMediator mediator, CancellationToken cancellationToken) =>
        (await mediator.Send(new ReadContactQuery(tenant, clientRef, contactRef), cancellationToken)).ToResult(contact => Succeed(http, contact));

    private static IResult Succeed(HttpContext http, Contact contact)
    {
        http.Response.Headers.ETag = contact.History.ETag;
        var known = http.Request.GetTypedHeaders().IfNoneMatch;
        return known.Any(tag => tag.Equals(EntityTagHeaderValue.Any) || tag.Compare(new EntityTagHeaderValue(contact.History.ETag), useStrongComparison: false))
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Json(new SuccessBody<Contact>(contact), ReadContactJson.Default.SuccessBodyContact);
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(SuccessBody<Contact>))]
internal sealed partial class ReadContactJson : JsonSerializerContext;
