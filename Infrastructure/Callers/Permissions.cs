namespace CrmImport.Infrastructure.Callers;

/// <summary>The permissions an account can hold; record type × read, add, edit, archive (and restore).</summary>
internal static class Permissions
{
    public const string ContactRead = "contact:read";
    public const string ContactAdd = "contact:add";
    public const string ContactEdit = "contact:edit";
    public const string ContactArchive = "contact:archive";
    public const string ClientRead = "client:read";
    public const string ClientAdd = "client:add";
    public const string ClientEdit = "client:edit";
    public const string ClientArchive = "client:archive";
    public const string LocationRead = "location:read";
    public const string LocationAdd = "location:add";
    public const string LocationEdit = "location:edit";
    public const string LocationArchive = "location:archive";
    public const string ActivityRead = "activity:read";
    public const string ActivityAdd = "activity:add";
    public const string ActivityEdit = "activity:edit";
    public const string AuditRead = "audit:read";

    /// <summary>Endpoints and their keys (source: Neoserra, "integration module management").</summary>
    public const string IntegrationManage = "integration:manage";

    /// <summary>Accounts, endpoints, settings.</summary>
    public const string Admin = "admin";

    /// <summary>Every permission there is.</summary>
    public static IReadOnlyList<string> All { get; } = [.. typeof(Permissions).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
}
