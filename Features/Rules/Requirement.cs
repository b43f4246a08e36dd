using System.ComponentModel;

namespace CrmImport.Features.Rules;

/// <summary>What a database demands of a field; a field that nobody changed has version 0.</summary>
[DisplayName("FieldRequirement")]
internal sealed class Requirement
{
    public string Field { get; init; } = "";

    public bool Mandatory { get; init; }

    public bool NonEmpty { get; init; }

    public int? MaxLength { get; init; }

    public string? Pattern { get; init; }

    public string[] Allowed { get; init; } = [];

    [System.Text.Json.Serialization.JsonPropertyName("default")]
    public string? DefaultValue { get; init; }

    public string? Label { get; init; }

    public string? Description { get; init; }

    public bool Hidden { get; init; }

    public long Version { get; init; }

    public DateTime CreatedAt { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTime UpdatedAt { get; init; }

    public string UpdatedBy { get; init; } = "";
}
