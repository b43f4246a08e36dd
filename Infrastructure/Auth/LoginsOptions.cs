using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Section <c>Logins</c>: what failed logins lead to; a number of failures of 0 switches its lock off.</summary>
internal sealed class LoginsOptions : ISettings
{
    public static string Section => "Logins";

    /// <summary>How long a lock lasts, in minutes.</summary>
    [Range(1, 1440)]
    public int LockMinutes { get; set; } = 15;

    /// <summary>Failures of one account from one address that lock it there; from the fourth on each makes the next wait, twice as long every time.</summary>
    [Range(0, 1_000_000)]
    public int LockAfter { get; set; } = 10;

    /// <summary>Failures of one account, from anywhere, that lock it everywhere.</summary>
    [Range(0, 1_000_000)]
    public int AccountLockAfter { get; set; } = 100;

    /// <summary>Failures from one address, of any account, that lock it.</summary>
    [Range(0, 1_000_000)]
    public int AddressLockAfter { get; set; } = 100;

    /// <summary>Most passwords that wait to be hashed; one more is 429.</summary>
    [Range(1, 10_000)]
    public int QueueLength { get; set; } = 64;
}
