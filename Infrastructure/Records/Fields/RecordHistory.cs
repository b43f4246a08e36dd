using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace CrmImport.Infrastructure.Records.Fields;

/// <summary>A record's version, from 1, who made and last changed it, and since when it is archived, in UTC.</summary>
internal sealed record RecordHistory(long Version, DateTime CreatedAt, string CreatedBy, DateTime UpdatedAt, string UpdatedBy)
{
    /// <summary>The names of its members, as every record has them.</summary>
    public static readonly IReadOnlyList<string> Names = ["version", "createdAt", CreatedByName, "updatedAt", "updatedBy"];

    /// <summary>The same of a record that can be archived.</summary>
    public static readonly IReadOnlyList<string> NamesWithArchive = [.. Names, ArchivedAtName];

    public const string CreatedByName = "createdBy";

    /// <summary>Only an archived record has it.</summary>
    public const string ArchivedAtName = "archivedAt";

    /// <summary>Null where the record is not archived.</summary>
    public DateTime? ArchivedAt { get; init; }

    public bool IsArchived => ArchivedAt is not null;

    /// <summary>The version as an HTTP entity tag.</summary>
    public string ETag => ETagOf(Version);

    public static string ETagOf(long version) => $"\"{version}\"";

    /// <summary>The entity tag of a read that shows more than the version covers, such as a usage type of another record: <c>"3-1a2b3c4d"</c>. As a condition on the version it is <c>"3"</c>.</summary>
    public static string ETagOf(long version, string alsoShown) => alsoShown.Length == 0
        ? ETagOf(version)
        : $"\"{version}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(alsoShown)).AsSpan(0, 4))}\"";

    /// <param name="withCreatedBy">Whether the record says nowhere else who made it.</param>
    public void Write(Utf8JsonWriter writer, bool withCreatedBy = true)
    {
        writer.WriteNumber("version", Version);
        writer.WriteString("createdAt", CreatedAt);
        if (withCreatedBy)
        {
            writer.WriteString(CreatedByName, CreatedBy);
        }

        writer.WriteString("updatedAt", UpdatedAt);
        writer.WriteString("updatedBy", UpdatedBy);
        if (ArchivedAt is { } archivedAt)
        {
            writer.WriteString(ArchivedAtName, archivedAt);
        }
    }
}
