using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Records.Lists;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Audit.ListAudit;

/// <summary>Read a part of the audit, newest first: those entries that match, after the one of that id, where one is named, and not counted where nobody asks.</summary>
[Unvalidated("the filters and the page were checked where they were read, and a ref that cannot exist has no entries")]
internal sealed record ListAuditQuery(Tenant Tenant, Caller Caller, AuditFilter Filter, Page Page, long? BeforeId, bool IsCounted) : IRequest<Answer<AuditPart>>;

/// <summary>Entries, whether others follow, and how many match in all (0 where they were not counted).</summary>
internal sealed record AuditPart(long Total, IReadOnlyList<AuditEntry> Items, bool HasMore);

/// <summary>A page of the audit; position is absent where a cursor was sent, and nextCursor on the last page.</summary>
internal sealed record AuditPage(
    long Total,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] int? Position,
    int Size,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextCursor,
    IReadOnlyList<AuditEntry> Items) : SuccessBody;

/// <summary>
/// One change, or one refused call (outcome <c>refused: </c> and the code of the error): the account (kind human or service, empty where unknown), the call it
/// came by, the record, and each changed field as [before, after]; times in UTC.
/// </summary>
internal sealed record AuditEntry(
    long Id, DateTime At, string Account, string Kind, string Address, string Method, string Route, int Status, string Outcome,
    string RecordType, string? ClientRef, string? ContactRef, string? LocationRef, string? RecordRef, JsonElement? Changes, Guid? ImportId, string TraceId);
