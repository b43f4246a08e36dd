using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Tenancy;
using FluentValidation;
using MediatR;

namespace CrmImport.Features.Settings.ReadSettings;

/// <summary>Read a database's settings.</summary>
internal sealed record ReadSettingsQuery(Tenant Tenant) : IRequest<Answer<SettingsRecord>>;

/// <summary>Nothing to check: there is no input.</summary>
internal sealed class ReadSettingsValidator : AbstractValidator<ReadSettingsQuery>;

/// <summary>A database's settings, and who changed them.</summary>
internal sealed record SettingsRecord(
    bool RequireVersion, bool ApiEnabled, bool StrictFields, long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy);
