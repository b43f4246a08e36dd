using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Audit;

/// <summary>Section <c>Audit</c>: how long entries of refused calls are kept. Entries of changes stay for ever.</summary>
internal sealed class AuditOptions : ISettings
{
    public static string Section => "Audit";

    /// <summary>Days after which the entry of a refused call is deleted; 0 keeps them all.</summary>
    [Range(0, 36_500)]
    public int RefusedDays { get; set; }
}
