using System.Text.Json;
using CrmImport.Infrastructure.Http;
using Dapper;
using MediatR;

namespace CrmImport.Features.Audit;

internal sealed class AuditHandler : IRequestHandler<AuditQuery, Answer<PageBody<AuditEntry>>>
{
    private const string Filter =
        """
        where (@ClientRef::text is null or client_ref = @ClientRef)
            and (@ContactRef::text is null or contact_ref = @ContactRef)
            and (@LocationRef::text is null or location_ref = @LocationRef)
        """;

    private const string Sql =
        $"""
        select count(*) from audit_entry {Filter};

        select
            id, at, account, kind, address, method, route, status, outcome, record_type,
            nullif(client_ref, '') as client_ref, nullif(contact_ref, '') as contact_ref, nullif(location_ref, '') as location_ref,
            nullif(record_ref, '') as record_ref,
            changes, import_id, trace_id
        from audit_entry
        {Filter}
        order by id desc
        limit @Size offset @Position
        """;

    public async Task<Answer<PageBody<AuditEntry>>> Handle(AuditQuery request, CancellationToken cancellationToken)
    {
        await using var connection = await request.Tenant.Db.OpenConnectionAsync(cancellationToken);
        await using var results = await connection.QueryMultipleAsync(new CommandDefinition(
            Sql,
            new { request.ClientRef, request.ContactRef, request.LocationRef, request.Page.Size, request.Page.Position },
            cancellationToken: cancellationToken));
        var total = await results.ReadSingleAsync<long>();
        var rows = await results.ReadAsync<Row>();
        return new PageBody<AuditEntry>(total, request.Page.Position, request.Page.Size, [.. rows.Select(row => row.ToEntry())]);
    }

    private sealed class Row
    {
        public long Id { get; init; }

        public DateTime At { get; init; }

        public string Account { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Address { get; init; } = "";

        public string Method { get; init; } = "";

        public string Route { get; init; } = "";

        public short Status { get; init; }

        public string Outcome { get; init; } = "";

        public string RecordType { get; init; } = "";

        public string? ClientRef { get; init; }

        public string? ContactRef { get; init; }

        public string? LocationRef { get; init; }

        public string? RecordRef { get; init; }

        public string? Changes { get; init; }

        public Guid? ImportId { get; init; }

        public string TraceId { get; init; } = "";

        public AuditEntry ToEntry() => new(
            Id, At, Account, Kind, Address, Method, Route, Status, Outcome, RecordType, ClientRef, ContactRef, LocationRef, RecordRef,
            Changes is null ? null : JsonSerializer.Deserialize(Changes, AuditJson.Default.JsonElement), ImportId, TraceId);
    }
}
