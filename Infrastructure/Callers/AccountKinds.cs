namespace CrmImport.Infrastructure.Callers;

/// <summary>The kinds of account.</summary>
internal static class AccountKinds
{
    /// <summary>A person, who logs in (source: Collect!).</summary>
    public const string Operator = "operator";

    /// <summary>Sends its password with every request, and cannot log in (source: InTouch's API-only users).</summary>
    public const string Api = "api";

    /// <summary>Calls with the access keys of its endpoints, and cannot log in (source: Neoserra's service accounts).</summary>
    public const string Service = "service";

    public static IReadOnlyList<string> All { get; } = [Operator, Api, Service];
}
