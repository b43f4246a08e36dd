using System.Text.Json;

namespace CrmImport.Drills;

/// <summary>A parsed audit entry: each changed field with its value before and after, as text, empty for null.</summary>
internal sealed class AuditedChange
{
    private AuditedChange(StoredEntry entry, Dictionary<string, (string Before, string After)> fields) => (Entry, Fields) = (entry, fields);

    public StoredEntry Entry { get; }

    public IReadOnlyDictionary<string, (string Before, string After)> Fields { get; }

    /// <summary>The token of the write that made this change; null for side effects on other contacts.</summary>
    public string? Token => Fields.TryGetValue(StoredContact.StampedFields[0], out var stamp) ? stamp.After : null;

    public static AuditedChange Read(StoredEntry entry)
    {
        using var changes = JsonDocument.Parse(entry.Changes);
        return new(entry, changes.RootElement.EnumerateObject().ToDictionary(field => field.Name, field => (field.Value[0].ToString(), field.Value[1].ToString())));
    }

    public string? After(string field) => Fields.TryGetValue(field, out var change) ? change.After : null;
}
