using System.Text.Json.Serialization;

namespace CrmImport.Features.Locations;

/// <summary>A location of the client, and the contact preferred for it.</summary>
internal sealed record Location(
    string ClientRef, string LocationRef, string? Name, string? Address1, string? Address2, string? Address3, string? Address4, string? PostCode,
    int? UsageTypeId, string? PreferredContactRef,
    long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ArchivedAt);
