namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Which signals are sent over OTLP, by the standard variables (source: OpenTelemetry, "Environment Variable Specification"). Without an endpoint, none.</summary>
internal sealed class OtlpSettings(IConfiguration configuration)
{
    public bool SendsMetrics => Sends("METRICS");

    public bool SendsTraces => Sends("TRACES");

    public bool SendsLogs => Sends("LOGS");

    // The SDK reads the other variables itself; these it leaves to the program that configures it.
    private bool Sends(string signal) =>
        (IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
        && (!IsSet($"OTEL_{signal}_EXPORTER") || configuration[$"OTEL_{signal}_EXPORTER"]!.Split(',', StringSplitOptions.TrimEntries).Contains("otlp"));

    private bool IsSet(string name) => !string.IsNullOrEmpty(configuration[name]);
}
