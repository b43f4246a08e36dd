using System.Diagnostics.Metrics;
using CrmImport.Infrastructure.Startup;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>OpenTelemetry's SDK while the service runs: what is measured can be read at /metrics, and goes to a collector together with traces where one is named.</summary>
internal sealed class TelemetrySdk(IConfiguration configuration, OtlpSettings otlp, PrometheusExporter prometheus, IMeterFactory meters, CrmMetrics metrics, ProcessMetrics process) : IHostedService, IDisposable
{
    private const string ServiceName = "crmimport";

    private static readonly string[] Meters =
        [CrmMetrics.MeterName, ProcessMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime"];

    private OpenTelemetrySdk? sdk;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!otlp.IsSdkDisabled)
        {
            sdk = OpenTelemetrySdk.Create(Build);
            metrics.Begin();
            GC.KeepAlive(process);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    // Sends what is left: after the last request, since the container disposes of what it made at the very end.
    public void Dispose() => sdk?.Dispose();

    /// <summary>Who sends: ours, unless the standard variables say otherwise.</summary>
    public static void Describe(ResourceBuilder resource) =>
        resource.Clear().AddTelemetrySdk().AddService(ServiceName, serviceVersion: BuildInfo.Version).AddEnvironmentVariableDetector();

    private void Build(IOpenTelemetryBuilder builder)
    {
        builder.Services.AddSingleton(configuration); // not the environment only, which is what the SDK reads by itself
        builder.ConfigureResource(Describe);
        builder.WithMetrics(provider =>
        {
            provider.AddMeter(Meters).AddView(ViewOf).AddReader(new BaseExportingMetricReader(prometheus));
            if (otlp.SendsMetrics)
            {
                provider.AddOtlpExporter();
            }
        });
        if (otlp.SendsTraces)
        {
            builder.WithTracing(provider => provider.AddSource(CrmTracing.SourceName, "Microsoft.AspNetCore", "Npgsql").AddOtlpExporter());
        }
    }

    // Meters are found by name in the whole process: another service's in it, as in tests, are not ours to count.
    private MetricStreamConfiguration? ViewOf(Instrument instrument)
    {
        var isAnothers = instrument.Meter.Scope is IMeterFactory factory && factory != meters;
        var isReplaced = instrument.Meter.Name == "System.Runtime" && ProcessMetrics.Replaced.Contains(instrument.Name);
        return isAnothers || isReplaced ? MetricStreamConfiguration.Drop : null;
    }
}
