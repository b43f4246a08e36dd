using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Settings;

/// <summary>What an administrator decides for a database: one record, always there.</summary>
internal static class SettingsFields
{
    /// <summary>What a read selects: the shape's fields, then the history.</summary>
    public const string Columns = "require_version, api_enabled, strict_fields, allow_delete, version, created_at, created_by, updated_at, updated_by";

    public static readonly RecordShape Settings = new(
        [
            Decision("requireVersion", false, "Whether changes on native routes require If-Match or If-Unmodified-Since (428)"),
            Decision("apiEnabled", true, "Whether the API is on; while it is off (403), sessions and administration keep working"),
            Decision("strictFields", false, "Whether an unknown property is refused (400) instead of ignored with a warning"),
            Decision("allowDelete", false, "Whether DELETE archives a contact, a location or a client (204) instead of being refused (405)"),
        ])
    { Name = "Settings", AlsoReturned = RecordHistory.Names };

    private static Field Decision(string name, bool byDefault, string description) => new(name, FieldKind.Boolean) { Default = byDefault, Description = description };
}
