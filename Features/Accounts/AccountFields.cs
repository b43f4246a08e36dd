using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Records.Fields;
using CrmImport.Infrastructure.Records.Lists;

namespace CrmImport.Features.Accounts;

/// <summary>The fields of an account, under Collect!'s names (source: Collect! REST API).</summary>
internal static class AccountFields
{
    /// <summary>What a read selects: the shape's fields without the password, then the history.</summary>
    public const string Columns = "op_id, op_name, op_level, op_function, kind, active, permissions, strict_fields, version, created_at, created_by, updated_at, updated_by";

    private const int MaxPermissions = 100;

    public static readonly Field OpId = Fields.Key("op_id", "The account's id, case-insensitive");
    public static readonly Field Password = Fields.Text("op_password", PasswordHasher.MaxLength, "Write-only. For operators and api accounts; a new password ends the account's session") with { Secret = true };
    public static readonly Field Level = Number("op_level", $"From {Caller.OwnerLevel} up, the account has every permission");

    public static readonly Field Kind = new("kind", FieldKind.Text)
    {
        Allowed = AccountKinds.All,
        MaxLength = 20,
        Default = AccountKinds.Operator,
        CreateOnly = true,
        Description = "operator: a person, who logs in; api: sends its password with every request; service: calls with the keys of its endpoints",
    };

    public static readonly Field Active = new("active", FieldKind.Boolean) { Default = true, Description = "Whether the account can call; false ends its session. Keys that it created keep working" };

    public static readonly Field Rights = new("permissions", FieldKind.TextList)
    {
        Allowed = Permissions.All,
        ItemRule = "not a known permission",
        MaxItems = MaxPermissions,
        MaxLength = 50,
        Default = TextList.Empty,
        Description = "The account's permissions",
    };

    public static readonly RecordShape Account = new(
        [
            OpId,
            Fields.Text("op_name", 200, "The account's name", mandatory: true) with { NotBlank = true },
            Password,
            Level,
            Number("op_function", "Collect!'s number for the operator's function; returned at login, it has no effect here"),
            Kind,
            Active,
            Rights,
            new("strictFields", FieldKind.Boolean) { Description = "Whether unknown fields of its writes are refused (400); null: as the database's setting strictFields says" },
        ])
    {
        Name = "Account",
        Example = """{"op_id":"WEB","op_name":"Web shop","kind":"service","permissions":["contact:read","contact:add","contact:edit"]}""",
        AlsoReturned = RecordHistory.Names,
    };

    public static readonly ListShape List = ListShape.Of(Account, ["op_id", "op_name"]);

    private static Field Number(string name, string description) => new(name, FieldKind.Integer) { Minimum = 0, Maximum = 99, Default = 1, Description = description };
}

/// <summary>An account as reads return it, never with its password.</summary>
internal sealed class Account
{
    [JsonPropertyName("op_id")]
    public string OpId { get; init; } = "";

    [JsonPropertyName("op_name")]
    public string OpName { get; init; } = "";

    [JsonPropertyName("op_level")]
    public int OpLevel { get; init; }

    [JsonPropertyName("op_function")]
    public int OpFunction { get; init; }

    public string Kind { get; init; } = "";

    public bool Active { get; init; }

    public string[] Permissions { get; init; } = [];

    public bool? StrictFields { get; init; }

    public long Version { get; init; }

    public DateTime CreatedAt { get; init; }

    public string CreatedBy { get; init; } = "";

    public DateTime UpdatedAt { get; init; }

    public string UpdatedBy { get; init; } = "";
}
