using CrmImport.Infrastructure.Records.Fields;

namespace CrmImport.Features.Settings;

/// <summary>What an administrator decides for a database: one record, always there.</summary>
internal static class SettingsFields
{
    /// <summary>What a read selects: the shape's fields, then the history.</summary>
    public const string Columns = "require_version, api_enabled, strict_fields, allow_delete, sessions_per_operator, default_client_ref, version, created_at, created_by, updated_at, updated_by";

    public static readonly RecordShape Settings = new(
        [
            Decision("requireVersion", false, "Whether changes on native routes require If-Match or If-Unmodified-Since (428)"),
            Decision("apiEnabled", true, "Whether the API is on; while it is off (403), sessions and administration keep working"),
            Decision("strictFields", false, "Whether an unknown property is refused (400) instead of ignored with a warning"),
            Decision("allowDelete", false, "Whether DELETE archives a contact, a location or a client (204) instead of being refused (405)"),
            new("sessionsPerOperator", FieldKind.Integer)
            {
                Default = 1,
                Minimum = 1,
                Maximum = 1000,
                Description = "How many sessions an operator may have at once: above, a log-in ends the oldest",
            },
            Fields.RefOf("defaultClientRef", "The client of parties that are created without clientRef; null: they must name one"),
        ])
    { Name = "Settings", AlsoReturned = RecordHistory.Names };

    private static Field Decision(string name, bool byDefault, string description) => new(name, FieldKind.Boolean) { Default = byDefault, Description = description };
}
