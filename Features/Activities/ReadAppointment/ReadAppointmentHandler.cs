using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Records.Writes;
using Dapper;
using MediatR;

namespace CrmImport.Features.Activities.ReadAppointment;

internal sealed class ReadAppointmentHandler : IRequestHandler<ReadAppointmentQuery, Answer<Appointment>>
{
    private const string Sql =
        $"""
        select {AppointmentFields.Columns}
        from activity_record
        where activity_id = @Id
        """;

    public async Task<Answer<Appointment>> Handle(ReadAppointmentQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(Sql, new { request.Id }, cancellationToken: cancellationToken));
        return await reader.ReadAsync(cancellationToken)
            ? new Appointment(StoredRecord.Read(reader, AppointmentFields.Appointment, hasArchive: false))
            : AppointmentNumber.NotFound;
    }
}
