using System.Data.Common;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Records.Writes;
using MediatR;

namespace CrmImport.Features.Activities.ListAppointments;

internal sealed class ListAppointmentsHandler : IRequestHandler<ListAppointmentsQuery, Answer<ListPage<Appointment>>>
{
    private static readonly ListSql Sql = new(
        $$"""
        select {{AppointmentFields.Columns}}
        from (
            select {{AppointmentFields.Columns}}
            from activity_record
            where {filter}
            {fence}
        ) found
        order by {order}
        limit @Size offset @Position
        """,
        "select count(*) from activity_record where {filter}");

    public async Task<Answer<ListPage<Appointment>>> Handle(ListAppointmentsQuery request, CancellationToken cancellationToken) =>
        await ListReader.ReadAsync(
            request.Tenant, request.List, Sql, scope: null, Rows, cancellationToken);

    private static Func<DbDataReader, Appointment> Rows(DbDataReader header) => static row => new Appointment(StoredRecord.Read(row, AppointmentFields.Appointment, hasArchive: false));
}
