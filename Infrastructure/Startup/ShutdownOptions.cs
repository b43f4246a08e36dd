using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Section <c>Shutdown</c>: how the service takes its leave.</summary>
internal sealed class ShutdownOptions : ISettings
{
    public static string Section => "Shutdown";

    /// <summary>Seconds for which the service still takes requests after it was told to stop, while <c>/health/ready</c> is 503: as long as a load balancer needs to notice.</summary>
    [Range(0, 300)]
    public int DelaySeconds { get; set; }
}
