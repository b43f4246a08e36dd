using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;

namespace CrmImport.Features.Activities.EditAppointment;

internal sealed class EditAppointmentHandler(RecordWriter writer) : IRequestHandler<EditAppointmentCommand, Answer<WriteAnswer>>
{
    private static readonly TimeSpan DefaultLength = TimeSpan.FromHours(1);

    private static readonly RecordTable Appointments = new(RecordTypes.Activity, AppointmentFields.Appointment)
    {
        Lock = "select activity_id from activity where activity_id = @activity_id::bigint",
        Read =
            $"""
            select {AppointmentFields.Columns}
            from activity_record
            where activity_id = @activity_id::bigint
            """,
        Insert =
            """
            insert into activity (
                client_ref, activity_id, contact_ref, task_id, description, priority, assigned_to, assigned_by, originator, start_at, end_at,
                version, created_at, created_by, updated_at, updated_by)
            values (
                @client_ref, @activity_id, @contact_ref, @task_id, @description, @priority, @assigned_to, @assigned_by, @originator, @start_at, @end_at,
                1, @At, @Account, @At, @Account)
            """,
        Update =
            """
            update activity
            set contact_ref = @contact_ref, task_id = @task_id, description = @description, priority = @priority, assigned_to = @assigned_to, assigned_by = @assigned_by,
                start_at = @start_at, end_at = @end_at, version = version + 1, updated_at = @At, updated_by = @Account
            where client_ref = @client_ref and activity_id = @activity_id
            """,
        BeforeWrite = CompleteAsync,
        AddPermission = Permissions.ActivityAdd,
        EditPermission = Permissions.ActivityEdit,
        ReadPermission = Permissions.ActivityRead,
        NotFound = ApiErrors.AppointmentNotFound,
        UnknownListItem = ApiErrors.UnknownTask,
        Client = AppointmentFields.ClientRef,
        IsWrittenWithoutVersion = true,
        IsBare = true,
        Address = keys => $"/api/v1/Appointment/{keys[0]}",
    };

    /// <summary>What the numbers refer to: the client, a contact of it and an account, where they are live; the task's name.</summary>
    private const string Find =
        """
        select c.id as client_id, c.client_ref, c.name as client_name, p.contact_ref,
            nullif(concat_ws(' ', nullif(p.forename, ''), nullif(p.surname, '')), '') as full_name,
            a.op_name as associate_name, t.name as task_name, t.active as is_task_active
        from (select) one
        left join lateral (
            select id, client_ref, name from client where id = @ContactId and live
            union all
            select id, client_ref, name from client where @ContactId::bigint is null and client_ref = (select default_client_ref from database_setting) and live
        ) c on true
        left join contact p on p.party_id = @PersonId and p.client_ref = c.client_ref and p.live
        left join account a on a.account_id = @AssociateId and a.active
        left join list_item t on t.list = @Tasks and t.id = @TaskId
        """;

    public Task<Answer<WriteAnswer>> Handle(EditAppointmentCommand request, CancellationToken cancellationToken) =>
        writer.WriteAsync(Appointments, request.Edit, request.Tenant, request.Caller, cancellationToken);

    // Defaults, then what the numbers refer to. A reference that stays is not judged again: what it refers to may have been archived since.
    private static async Task<Refusal?> CompleteAsync(RecordWrite write, object?[] values)
    {
        var record = new Values(values, write.Before?.Values);
        if (write.Before is not null && record[AppointmentFields.Start] is null)
        {
            return Refusal.Of(ApiErrors.FieldNull, AppointmentFields.Start.Name, "StartDate must not be null");
        }

        var start = ToMicroseconds((DateTime?)record[AppointmentFields.Start] ?? write.At);
        var end = ToMicroseconds((DateTime?)record[AppointmentFields.End] ?? (start > DateTime.MaxValue - DefaultLength ? start : start + DefaultLength));
        (record[AppointmentFields.Start], record[AppointmentFields.End]) = (start, end);
        record[AppointmentFields.AssociateId] ??= write.Caller.AccountId;
        if (record.Changes(AppointmentFields.AssociateId))
        {
            (record[AppointmentFields.AssignedBy], record[AppointmentFields.AssignedByName]) = (write.Caller.AccountId, write.Caller.OpName);
        }

        if (write.Before is null)
        {
            (record[AppointmentFields.Originator], record[AppointmentFields.OriginatorName]) = (write.Caller.AccountId, write.Caller.OpName);
        }

        var found = await write.Connection.QuerySingleAsync<Referred>(Find, new
        {
            ContactId = (long?)record[AppointmentFields.ContactId],
            PersonId = (long?)record[AppointmentFields.PersonId],
            AssociateId = (long?)record[AppointmentFields.AssociateId],
            TaskId = (int?)record[AppointmentFields.TaskId],
            AppointmentFields.Tasks,
        });
        Problem[] problems =
        [
            .. end < start ? [Problem.Severe(ApiErrors.EndBeforeStart, AppointmentFields.End.Name, "EndDate is before StartDate")] : Array.Empty<Problem>(),
            .. Faults(record, found),
        ];
        if (problems.Length > 0)
        {
            return Refusal.Of(problems);
        }

        if (write.Before is null)
        {
            (record[AppointmentFields.ContactId], record[AppointmentFields.ClientRef], record[AppointmentFields.ClientName]) = (found.ClientId, found.ClientRef, found.ClientName);
        }

        if (record.Changes(AppointmentFields.PersonId))
        {
            (record[AppointmentFields.ContactRef], record[AppointmentFields.FullName]) = (found.ContactRef, found.FullName);
        }

        if (record.Changes(AppointmentFields.AssociateId))
        {
            record[AppointmentFields.AssociateName] = found.AssociateName;
        }

        record[AppointmentFields.TaskName] = found.TaskName;
        return null;
    }

    private static IEnumerable<Problem> Faults(Values record, Referred found)
    {
        var isClientUnknown = (record.Changes(AppointmentFields.ContactId) || record[AppointmentFields.ContactId] is null) && found.ClientRef is null;
        if (isClientUnknown)
        {
            yield return record[AppointmentFields.ContactId] is { } number
                ? Problem.Severe(ApiErrors.UnknownClient, AppointmentFields.ContactId.Name, $"No client has the number {number}")
                : Problem.Severe(ApiErrors.FieldMissing, AppointmentFields.ContactId.Name, $"{AppointmentFields.ContactId.Name} is missing, and the setting defaultClientRef names no client that exists");
        }

        if (!isClientUnknown && record.Changes(AppointmentFields.PersonId) && record[AppointmentFields.PersonId] is { } person && found.ContactRef is null)
        {
            yield return Problem.Severe(ApiErrors.UnknownContact, AppointmentFields.PersonId.Name, $"The client has no contact with the number {person}");
        }

        if (record.Changes(AppointmentFields.AssociateId) && found.AssociateName is null)
        {
            yield return Problem.Severe(ApiErrors.UnknownAccount, AppointmentFields.AssociateId.Name, $"No active account has the number {record[AppointmentFields.AssociateId]}");
        }

        if (record.Changes(AppointmentFields.TaskId) && record[AppointmentFields.TaskId] is { } task && found.IsTaskActive != true)
        {
            yield return Problem.Severe(ApiErrors.UnknownTask, AppointmentFields.TaskId.Name, $"{AppointmentFields.TaskId.Name} {task} is not in the list {AppointmentFields.Tasks}");
        }
    }

    // As precise as PostgreSQL keeps it, so that an answer and a later read agree.
    private static DateTime ToMicroseconds(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));

    /// <summary>An appointment's values by their fields, beside those that are stored.</summary>
    private sealed class Values(object?[] values, object?[]? before)
    {
        public object? this[Field field]
        {
            get => values[AppointmentFields.Appointment.IndexOf(field)];
            set => values[AppointmentFields.Appointment.IndexOf(field)] = value;
        }

        public bool Changes(Field field) => !Equals(this[field], before?[AppointmentFields.Appointment.IndexOf(field)]);
    }

    private sealed record Referred(long? ClientId, string? ClientRef, string? ClientName, string? ContactRef, string? FullName, string? AssociateName, string? TaskName, bool? IsTaskActive);
}
