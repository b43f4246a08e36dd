using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Section <c>RateLimits</c>: how many requests a minute one caller may send to one replica; 0 is no limit. The defaults are more than two processors can serve.</summary>
internal sealed class RateLimitsOptions : ISettings
{
    public static string Section => "RateLimits";

    /// <summary>Requests a minute from one address, or one /64 of IPv6.</summary>
    [Range(0, 100_000_000)]
    public int RequestsPerMinutePerAddress { get; set; } = 3_000_000;

    /// <summary>Requests a minute of one account of one database.</summary>
    [Range(0, 100_000_000)]
    public int RequestsPerMinutePerPrincipal { get; set; } = 3_000_000;
}
