using System.Text.Json;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Audit;

/// <summary>Read a page of the audit; a filter of null filters nothing.</summary>
internal sealed record AuditQuery(Tenant Tenant, string? ClientRef, string? ContactRef, string? LocationRef, Page Page) : IRequest<Answer<PageBody<AuditEntry>>>;

/// <summary>Nothing to check: the page was checked where it was read, and a ref that cannot exist has no entries.</summary>
internal sealed class AuditValidator : AbstractValidator<AuditQuery>;

/// <summary>One audited change: the account (kind human or service), the call it came by, the record, and each changed field as [before, after]; times in UTC.</summary>
internal sealed record AuditEntry(
    long Id, DateTime At, string Account, string Kind, string Address, string Method, string Route, int Status, string Outcome,
    string RecordType, string? ClientRef, string? ContactRef, string? LocationRef, string? RecordRef, JsonElement? Changes, Guid? ImportId, string TraceId);
