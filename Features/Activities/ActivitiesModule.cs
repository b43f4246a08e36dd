using Carter;
using CrmImport.Features.Activities.EditAppointment;
using CrmImport.Features.Activities.ListAppointments;
using CrmImport.Features.Activities.ReadAppointment;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.OpenApi;

namespace CrmImport.Features.Activities;

/// <summary>What is planned with clients and contacts, as SuperOffice's appointments.</summary>
public sealed class ActivitiesModule : ICarterModule
{
    public void AddRoutes(IEndpointRouteBuilder app)
    {
        var appointments = app.MapGroup("/api/v1").WithTags("Appointments").Needs(Permissions.ActivityRead).OnRecord(RecordTypes.Activity).WithPath("id", "The appointment's number");
        appointments.MapGet("/Appointment", ListAppointmentsEndpoint.HandleAsync).DescribedBy(ListAppointmentsEndpoint.Describe);
        appointments.MapPost("/Appointment", EditAppointmentEndpoint.CreateAsync).Needs(Permissions.ActivityAdd).DescribedBy(EditAppointmentEndpoint.DescribeCreate);
        appointments.MapGet("/Appointment/{id}", ReadAppointmentEndpoint.HandleAsync).DescribedBy(ReadAppointmentEndpoint.Describe);
        appointments.MapPatch("/Appointment/{id}", EditAppointmentEndpoint.PatchAsync).Needs(Permissions.ActivityEdit).DescribedBy(EditAppointmentEndpoint.DescribePatch);
        appointments.MapPost("/Appointment/{id}", EditAppointmentEndpoint.PatchAsync).Needs(Permissions.ActivityEdit).DescribedBy(EditAppointmentEndpoint.DescribePatchByPost);
    }
}
