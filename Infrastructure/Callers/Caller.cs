using CrmImport.Infrastructure.Auth;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Callers;

/// <summary>Who calls: an account of the database, the session it calls in (null for a caller without one: a key, a password, the console), and where the call comes from.</summary>
internal sealed record Caller(
    long AccountId,
    string OpId,
    string OpName,
    int OpLevel,
    int OpFunction,
    string Kind,
    IReadOnlyList<string> Permissions,
    Guid? SessionId,
    CallOrigin Origin)
{
    /// <summary>From this operator level on an account may do everything (source: Collect!).</summary>
    public const int OwnerLevel = 10;

    /// <summary>Whether the account may do everything.</summary>
    public bool IsOwner => OpLevel >= OwnerLevel;

    public bool Can(string permission) => IsOwner || Permissions.Contains(permission);

    public static ValueTask<Caller> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<RequestAccess>().Caller);
}

/// <summary>Where a call comes from, as the audit records it: the client's address, the method and route, and the trace.</summary>
internal sealed record CallOrigin(string Address, string Method, string Route, string TraceId)
{
    public static CallOrigin Unknown { get; } = new("", "", "", "");

    public static CallOrigin Of(HttpContext http) => new(
        http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "",
        http.Request.Method,
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path,
        Answers.Envelope.TraceId(http));

    public static ValueTask<CallOrigin> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));
}

/// <summary>What the access middleware found out about a request: the database and the caller.</summary>
internal sealed record RequestAccess(Tenancy.Tenant Tenant, Caller Caller);

/// <summary>The permissions an account can hold; contract: record type × read, add, edit.</summary>
internal static class Permissions
{
    public const string ContactRead = "contact:read";
    public const string ContactAdd = "contact:add";
    public const string ContactEdit = "contact:edit";
    public const string ClientRead = "client:read";
    public const string ClientAdd = "client:add";
    public const string ClientEdit = "client:edit";
    public const string LocationRead = "location:read";
    public const string LocationAdd = "location:add";
    public const string LocationEdit = "location:edit";
    public const string AuditRead = "audit:read";

    /// <summary>Endpoints and their keys (source: Neoserra, "integration module management").</summary>
    public const string IntegrationManage = "integration:manage";

    /// <summary>Accounts, endpoints, settings.</summary>
    public const string Admin = "admin";

    /// <summary>Every permission there is.</summary>
    public static IReadOnlyList<string> All { get; } = [.. typeof(Permissions).GetFields().Where(field => field.IsLiteral).Select(field => (string)field.GetRawConstantValue()!)];
}

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
