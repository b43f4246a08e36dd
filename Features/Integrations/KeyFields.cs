using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Integrations;

/// <summary>The fields of an endpoint's access key. Its secret is none of them: it is shown once and kept nowhere.</summary>
internal static class KeyFields
{
    /// <summary>What a read selects of a key; its prefix comes from its id.</summary>
    public const string Columns = "key_id, created_at, created_by, expires_at, last_used_at, revoked_at, revoked_by";

    public static readonly Field ExpiresAt = new("expiresAt", FieldKind.Timestamp) { Description = "When the key expires; null or absent: never" };

    /// <summary>What is asked for with a new key.</summary>
    public static readonly RecordShape New = new([ExpiresAt]) { Name = "Key", Example = """{"expiresAt":"2099-01-01T00:00:00Z"}""" };

    public static readonly ListShape List = new(
        [
            new("keyId", ListKind.Ref),
            new("prefix", ListKind.SelectOnly),
            new("createdAt", ListKind.Timestamp),
            new("createdBy", ListKind.Text),
            new("expiresAt", ListKind.Timestamp),
            new("lastUsedAt", ListKind.Timestamp),
            new("revokedAt", ListKind.Timestamp),
            new("revokedBy", ListKind.Text),
        ],
        ["keyId"],
        ["createdBy"]);
}

/// <summary>A key as reads return it; its prefix is the start of the key and not secret.</summary>
internal sealed class KeyItem
{
    public string KeyId { get; init; } = "";

    public string Prefix => AccessKeys.PrefixOf(KeyId);

    public DateTime CreatedAt { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTime? ExpiresAt { get; init; }

    public DateTime? LastUsedAt { get; init; }

    public DateTime? RevokedAt { get; init; }

    public string? RevokedBy { get; init; }
}
