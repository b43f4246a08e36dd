using System.ComponentModel;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Mediation;
using CrmImport.Infrastructure.Tenancy;
using MediatR;

namespace CrmImport.Features.Settings.ReadSettings;

/// <summary>Read a database's settings.</summary>
[Unvalidated("there is no input")]
internal sealed record ReadSettingsQuery(Tenant Tenant) : IRequest<Answer<SettingsRecord>>;

/// <summary>A database's settings, and who changed them.</summary>
[DisplayName("Settings")]
internal sealed record SettingsRecord(
    bool RequireVersion, bool ApiEnabled, bool StrictFields, bool AllowDelete, int SessionsPerOperator, string? DefaultClientRef, long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy);
