using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Audit;

/// <summary>Section <c>Audit</c>: how long entries of refused calls are kept. Entries of changes stay for ever.</summary>
internal sealed class AuditOptions : ISettings
{
    public static string Section => "Audit";

    /// <summary>Days after which the entry of a refused call is deleted; 0 keeps them all.</summary>
    [Range(0, 36_500)]
    public int RefusedDays { get; set; } = 90;

    /// <summary>Most refused calls of accounts that one database records within a day; the rest is counted only.</summary>
    [Range(1, 100_000_000)]
    public int RefusedPerDay { get; set; } = 200_000;

    /// <summary>Most refused calls without a valid credential that one database records within a day; the rest is counted only.</summary>
    [Range(1, 100_000_000)]
    public int AnonymousPerDay { get; set; } = 20_000;
}
