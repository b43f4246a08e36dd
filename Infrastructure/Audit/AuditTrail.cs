using CrmImport.Infrastructure.Callers;
using Dapper;
using Npgsql;

namespace CrmImport.Infrastructure.Audit;

/// <summary>Writes the audit entry of a change that touches no contact (sessions, clients, locations), in the transaction of that change.</summary>
internal static class AuditTrail
{
    private const string Insert =
        """
        insert into audit_entry (at, account, kind, address, method, route, status, outcome, record_type, client_ref, location_ref, record_ref, changes, import_id, trace_id)
        values (@At, @Account, @Kind, @Address, @Method, @Route, @Status, @Outcome, @RecordType, @ClientRef, @LocationRef, @RecordRef, @Changes::json, @ImportId, @TraceId)
        """;

    private const string Find =
        """
        select exists (
            select from audit_entry
            where client_ref = @ClientRef and contact_ref = '' and location_ref = @LocationRef and record_ref = @RecordRef and at = @At and trace_id = @TraceId
        )
        """;

    public static Task AddAsync(
        NpgsqlConnection connection, AuditedAccount who, CallOrigin origin, string recordType, string outcome, int status, DateTime at, CancellationToken cancellationToken) =>
        AddAsync(connection, who, origin, new AuditedChange(recordType, "", "", outcome, status, null, at), cancellationToken);

    public static Task AddAsync(NpgsqlConnection connection, AuditedAccount who, CallOrigin origin, AuditedChange change, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(new CommandDefinition(
            Insert,
            new
            {
                change.At,
                Account = who.OpId,
                Kind = who.AuditKind,
                origin.Address,
                origin.Method,
                origin.Route,
                Status = (short)change.Status,
                change.Outcome,
                change.RecordType,
                change.ClientRef,
                change.LocationRef,
                change.RecordRef,
                change.Changes,
                origin.ImportId,
                origin.TraceId,
            },
            cancellationToken: cancellationToken));

    /// <summary>Whether the change was stored; asked where the answer to its commit was lost.</summary>
    public static Task<bool> HasAsync(NpgsqlConnection connection, CallOrigin origin, AuditedChange change, CancellationToken cancellationToken) =>
        connection.ExecuteScalarAsync<bool>(new CommandDefinition(
            Find, new { change.ClientRef, change.LocationRef, change.RecordRef, change.At, origin.TraceId }, cancellationToken: cancellationToken));
}

/// <summary>Who did it: a person or a client program, as InTouch distinguishes them.</summary>
internal readonly record struct AuditedAccount(string OpId, string AccountKind)
{
    public string AuditKind => AccountKind == AccountKinds.Operator ? "human" : "service";
}

/// <summary>A change of one record: refs are empty where it has none, changes are JSON, <c>{"name":["old","new"]}</c>, and null if no field is recorded.</summary>
internal sealed record AuditedChange(string RecordType, string ClientRef, string LocationRef, string Outcome, int Status, string? Changes, DateTime At)
{
    /// <summary>The key of a record that is no client's: an op_id, an endpoint, a key; empty for others.</summary>
    public string RecordRef { get; init; } = "";
}
