using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Activities.ReadAppointment;

/// <summary><c>GET /api/v1/Appointment/{id}</c>: one appointment, bare as SuperOffice answers it (source: SuperOffice REST API).</summary>
internal static class ReadAppointmentEndpoint
{
    public static void Describe(RouteHandlerBuilder route) => route
        .WithSummary("Read an appointment")
        .WithDescription("Without an envelope, with explicit nulls.")
        .TakesSelection(AppointmentFields.List)
        .DescribesRecord<Appointment>(AppointmentFields.Appointment)
        .Produces<Appointment>();

    public static async Task<IResult> HandleAsync(HttpContext http, Tenant tenant, AppointmentNumber id, IMediator mediator, CancellationToken cancellationToken)
    {
        var selection = Selection.Read(http.Request.Query, AppointmentFields.List);
        return selection.Refusal ?? (await mediator.Send(new ReadAppointmentQuery(tenant, id.Value), cancellationToken))
            .ToResult(appointment => Selection.ToBareResult(selection.Value, appointment, ReadAppointmentJson.Default.Appointment));
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Appointment))]
internal sealed partial class ReadAppointmentJson : JsonSerializerContext;
