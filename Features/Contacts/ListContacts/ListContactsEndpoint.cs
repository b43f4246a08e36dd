using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Contacts.ListContacts;

/// <summary><c>GET /api/v1/contacts</c>, <c>GET /api/v1/clients/{clientRef}/contacts</c> and <c>…/locations/{locationRef}/contacts</c>: contacts with their locations, in pages (sources: InTouch, SuperOffice).</summary>
internal static class ListContactsEndpoint
{
    private const string FilterExample = "surname begins 'Te' and (contact1Type in (1, 6) or not contains(notes, 'gone'))";

    private static readonly ListShape Followed = ContactList.Shape.WithChanges();

    public static void Describe(RouteHandlerBuilder route) => DescribeList(route, Followed).WithSummary("List contacts");

    public static void DescribeOfClient(RouteHandlerBuilder route) => DescribeList(route, Followed).WithName("ListContactsOfClient").WithSummary("List the contacts of a client");

    public static void DescribeOfLocation(RouteHandlerBuilder route) => DescribeList(route, ContactList.Shape).WithName("ListContactsOfLocation").WithSummary("List the contacts of a location");

    public static Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(http, tenant, null, null, mediator, cancellationToken);

    public static Task<IResult> HandleOfClientAsync(HttpContext http, Tenant tenant, string clientRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(http, tenant, clientRef, null, mediator, cancellationToken);

    public static Task<IResult> HandleOfLocationAsync(HttpContext http, Tenant tenant, string clientRef, string locationRef, IMediator mediator, CancellationToken cancellationToken) =>
        SendAsync(http, tenant, clientRef, locationRef, mediator, cancellationToken);

    private static RouteHandlerBuilder DescribeList(RouteHandlerBuilder route, ListShape shape) => route
        .WithDescription($"Ordered by key, unless orderBy is given. total counts the contacts that match the filter, in the same snapshot as the items. Accept: {ExportFormat.LinesType} or {ExportFormat.CsvType} exports every record that matches, in the order of the refs.")
        .TakesList(shape, FilterExample)
        .Produces<PageBody<Contact>>();

    private static async Task<IResult> SendAsync(HttpContext http, Tenant tenant, string? clientRef, string? locationRef, IMediator mediator, CancellationToken cancellationToken)
    {
        var rules = await tenant.Rules.ReadAsync(cancellationToken);
        return await ListExport.AnswerAsync(
            http,
            "contacts",
            ListRequest.Read(http, (locationRef is null ? Followed : ContactList.Shape).In(rules)),
            contact => [contact.ClientRef, contact.ContactRef],
            ListContactsJson.Default.PageBodyContact,
            ListContactsJson.Default.Contact,
            part => mediator.Send(new ListContactsQuery(tenant, rules.Of(ContactFields.Contact), clientRef, locationRef, part), cancellationToken));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Contact>))]
internal sealed partial class ListContactsJson : JsonSerializerContext;
