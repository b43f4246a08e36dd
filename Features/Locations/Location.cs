using System.Text.Json;
using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Locations;

/// <summary>A location of the client, and the contact preferred for it.</summary>
internal sealed record Location(
    string ClientRef, string LocationRef, string? Name, string? Address1, string? Address2, string? Address3, string? Address4, string? PostCode,
    int? UsageTypeId, string? PreferredContactRef,
    long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTime? ArchivedAt, [property: JsonIgnore] string? Custom)
{
    /// <summary>The fields that the database's administrators added.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? CustomFields { get; set; }

    /// <summary>The location as its database has it.</summary>
    public Location In(FieldRules rules) => this with { CustomFields = CustomValues.ToMembers(Custom, rules.Of(LocationFields.Location)) };
}
