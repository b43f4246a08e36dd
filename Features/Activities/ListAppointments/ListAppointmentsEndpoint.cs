using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Activities.ListAppointments;

/// <summary><c>GET /api/v1/Appointment</c>: the appointments, in pages (source: SuperOffice REST API).</summary>
internal static class ListAppointmentsEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("List appointments")
        .WithDescription("In the envelope and the pages of every list, ordered by number unless orderBy is given. A filter names members of objects by a dot or a slash: Associate.AssociateId, Contact/ContactId.")
        .TakesList(AppointmentFields.List, "Contact.ContactId eq 2 and StartDate ge 2026-01-31")
        .DescribesRecord<Appointment>(AppointmentFields.Appointment)
        .Produces<PageBody<Appointment>>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, IMediator mediator, CancellationToken cancellationToken)
    {
        var list = ListRequest.Read(http, AppointmentFields.List);
        return list.Refusal ?? (await mediator.Send(new ListAppointmentsQuery(tenant, list.Value), cancellationToken))
            .ToResult(page => page.ToResult(list.Value.Selection, ListAppointmentsJson.Default.PageBodyAppointment, ListAppointmentsJson.Default.Appointment));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(PageBody<Appointment>))]
internal sealed partial class ListAppointmentsJson : JsonSerializerContext;
