using System.ComponentModel;

namespace CrmImport.Features.Rules;

/// <summary>A field that was added to a kind of record: type is text, integer, decimal, boolean, date or list; lengths in Unicode code points.</summary>
[DisplayName("CustomField")]
internal sealed record CustomFieldDefinition(
    string Name, string Type, int? MaxLength, string? List, bool Mandatory, string? DefaultValue, string? Label, string? Description, bool Retired,
    long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy);
