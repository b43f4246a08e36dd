using System.Text.Json;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using Dapper;
using MediatR;

namespace CrmImport.Features.Audit.ListAudit;

internal sealed class ListAuditHandler : IRequestHandler<ListAuditQuery, Answer<AuditPart>>
{
    private const string Columns =
        """
        id, at, account, kind, address, method, route, status, outcome, record_type,
        nullif(client_ref, '') as client_ref, nullif(contact_ref, '') as contact_ref, nullif(location_ref, '') as location_ref,
        nullif(record_ref, '') as record_ref,
        changes, import_id, trace_id
        """;

    public Task<Answer<AuditPart>> Handle(ListAuditQuery request, CancellationToken cancellationToken)
    {
        var (filter, page) = (request.Filter, request.Page);
        var parameters = Query.Parameters(filter);
        parameters.Add("BeforeId", request.BeforeId);
        parameters.Add("Most", page.Size + 1);
        parameters.Add("Position", page.Position);
        return request.Tenant.Queries.ReadAsync(request.Caller.AccountId, ReadAsync, cancellationToken); // count and page as of one moment: entries arrive in between

        async Task<AuditPart> ReadAsync(Query query)
        {
            var total = request.IsCounted
                ? await query.Connection.ExecuteScalarAsync<long>(query.Command($"select count(*) from audit_entry {filter.ToSql(false)}", parameters))
                : 0;
            var rows = await query.Connection.QueryAsync<Row>(query.Command(
                $"select {Columns} from audit_entry {filter.ToSql(request.BeforeId is not null)} order by id desc limit @Most offset @Position", parameters));
            var entries = rows.Select(row => row.ToEntry()).ToArray();
            return new AuditPart(total, entries.Length > page.Size ? entries[..page.Size] : entries, entries.Length > page.Size);
        }
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
