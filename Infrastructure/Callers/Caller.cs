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

    /// <summary>Whether unknown fields of its writes are refused; null: as the database's settings say.</summary>
    public bool? StrictFields { get; init; }

    /// <summary>Whether the account may do everything.</summary>
    public bool IsOwner => OpLevel >= OwnerLevel;

    public bool Can(string permission) => IsOwner || Permissions.Contains(permission);

    /// <summary>Who sent the request; the access middleware put it there.</summary>
    public static ValueTask<Caller> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<Caller>());
}
