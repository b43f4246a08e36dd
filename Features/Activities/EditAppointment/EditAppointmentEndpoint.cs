using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.OpenApi;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Tenancy;
using Dapper;
using MediatR;

namespace CrmImport.Features.Activities.EditAppointment;

/// <summary><c>POST /api/v1/Appointment</c>, <c>PATCH</c> and <c>POST /api/v1/Appointment/{id}</c> (source: SuperOffice REST API, its worked example).</summary>
internal static class EditAppointmentEndpoint
{
    private const string NewNumber = "select nextval(pg_get_serial_sequence('activity', 'activity_id'))";

    public static void DescribeCreate(RouteHandlerBuilder route) => route
        .WithMetadata(new UntypedJson())
        .WithName("CreateAppointment")
        .WithSummary("Create an appointment")
        .WithDescription(
            """
            201 and the appointment, without an envelope, with explicit nulls. What is absent has a default: the caller's appointment, from now for an hour, with the database's default client
            (setting defaultClientRef). Contact is a client by its number, Person a contact of that client by its number, Task an item of the list task.
            """)
        .TakesRecord(AppointmentFields.Appointment, hasKeys: false)
        .TakesSelection(AppointmentFields.List)
        .TakesWriteConditions()
        .Produces<Appointment>(StatusCodes.Status201Created);

    public static void DescribePatch(RouteHandlerBuilder route) => DescribeChange(route
        .WithName("PatchAppointment")
        .WithSummary("Change parts of an appointment")
        .WithDescription("A JSON array is a JSON Patch (RFC 6902) on the appointment as GET returns it, an object a merge patch (RFC 7396). An object that is replaced, such as Person, needs its number only. Contact, AppointmentId and the history can be tested but not changed."));

    public static void DescribePatchByPost(RouteHandlerBuilder route) => DescribeChange(route
        .WithMetadata(new UntypedJson())
        .WithName("PatchAppointmentByPost")
        .WithSummary("Change parts of an appointment by POST")
        .WithDescription("The same as PATCH: SuperOffice's own example sends its merge patch so."));

    public static async Task<IResult> CreateAsync(HttpContext http, Tenant tenant, Caller caller, IMediator mediator, CancellationToken cancellationToken)
    {
        var number = await NewNumberAsync(tenant, cancellationToken);
        var edit = await RecordEdit.ReadCreateAsync(http, AppointmentFields.Appointment, number, cancellationToken);
        return edit.Refusal ?? (await mediator.Send(new EditAppointmentCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    public static async Task<IResult> PatchAsync(HttpContext http, Tenant tenant, Caller caller, AppointmentNumber id, IMediator mediator, CancellationToken cancellationToken)
    {
        var edit = await RecordEdit.ReadPatchAsync(http, AppointmentFields.Appointment, [id.Text], cancellationToken);
        return edit.Refusal ?? (id.IsNone ? AppointmentNumber.NotFound : await mediator.Send(new EditAppointmentCommand(tenant, caller, edit.Value), cancellationToken)).ToResult();
    }

    private static void DescribeChange(RouteHandlerBuilder route) => route
        .TakesPatch(AppointmentFields.Appointment, AppointmentFields.PersonId.Name, "1")
        .TakesSelection(AppointmentFields.List)
        .TakesWriteConditions()
        .Produces<Appointment>();

    private static async Task<string> NewNumberAsync(Tenant tenant, CancellationToken cancellationToken)
    {
        await using var connection = await tenant.Db.OpenConnectionAsync(cancellationToken);
        return (await connection.ExecuteScalarAsync<long>(new CommandDefinition(NewNumber, cancellationToken: cancellationToken))).ToString(CultureInfo.InvariantCulture);
    }
}
