using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Section <c>Telemetry</c>: who may read the metrics, and where. What is sent elsewhere is said by the standard variables, <c>OTEL_…</c>.</summary>
internal sealed class TelemetryOptions : ISettings
{
    public static string Section => "Telemetry";

    /// <summary>A port at which metrics and health answer, and nothing else; metrics then answer nowhere else. 0: no port of their own.</summary>
    [Range(0, 65535)]
    public int MetricsPort { get; set; }

    /// <summary>What readers of the metrics must send as <c>Authorization: Bearer</c>; empty: nothing.</summary>
    [RegularExpression("[!-~]{16,}", ErrorMessage = "{0} must be 16 or more printable ASCII characters.")] // an empty value passes
    public string MetricsToken { get; set; } = "";

    /// <summary>Whether strangers are kept from the metrics, which name the databases.</summary>
    internal bool IsGuarded => MetricsPort > 0 || MetricsToken.Length > 0;
}
