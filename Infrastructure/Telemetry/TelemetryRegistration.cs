using System.Diagnostics.Metrics;
using CrmImport.Infrastructure.Settings;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Npgsql;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Metrics, traces and logs, by section <c>Telemetry</c>, section <c>Logging</c> and the standard variables.</summary>
internal static class TelemetryRegistration
{
    private const string ServiceName = "crmimport";
    private const string RequestDuration = "http.server.request.duration";
    private const string FormatterSetting = "Logging:Console:FormatterName";

    /// <summary>Meters of ASP.NET Core's instrumentation that cost time on every request and that no dashboard shows.</summary>
    private static readonly string[] UnwantedMeters = ["Microsoft.AspNetCore.MemoryPool", "Microsoft.AspNetCore.Routing"];

    /// <summary>A stranger can bring about a series for each combination of labels: only those that alerts and dashboards ask for are kept.</summary>
    private static readonly MetricStreamConfiguration OfRequests = new() { TagKeys = ["http.request.method", "http.route", "http.response.status_code", "error.type"] };

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var options = SettingsReader.Read<TelemetryOptions>(builder.Configuration);
        if (options.MetricsToken.Length == 0 && builder.Configuration["Telemetry:MetricsToken:File"] is { Length: > 0 } file)
        {
            throw new StartupException($"Telemetry:MetricsToken:File points to the file {file}, which is empty.");
        }

        if (options.MetricsPort > 0)
        {
            MetricsPort.Add(builder, options.MetricsPort);
        }

        builder.Services.AddSingleton(Options.Create(options));
        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.AddSingleton<CrmMetrics>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<CrmMetrics>()); // after the databases' own, which it names
        AddConsole(builder);
        AddOpenTelemetry(builder);
    }

    /// <summary>Outermost, so that it sees each answer as it goes out.</summary>
    public static void UseTelemetry(this WebApplication app) => app.UseMiddleware<RequestLogMiddleware>();

    /// <summary>Where metrics have a port of their own, nothing but them and health answers there.</summary>
    public static void UseMetricsPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value.MetricsPort is > 0 and var port)
        {
            MetricsPort.Separate(app, port);
        }
    }

    // Lines for programs in production, for people in development, and whatever else is configured.
    private static void AddConsole(WebApplicationBuilder builder)
    {
        builder.Logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
        if (builder.Configuration[FormatterSetting] is null && !builder.Environment.IsDevelopment())
        {
            builder.Configuration.AddInMemoryCollection([new(FormatterSetting, JsonLineFormatter.FormatterName)]);
        }
    }

    // What is measured can be read at /metrics; where a collector is named, it is sent metrics, traces and logs. Without one nobody listens to spans, and none is recorded.
    private static void AddOpenTelemetry(WebApplicationBuilder builder)
    {
        var otlp = new OtlpSettings(builder.Configuration);
        var telemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(ServiceName, serviceVersion: BuildInfo.Version).AddEnvironmentVariableDetector()) // the variables win
            .WithMetrics(metrics =>
            {
                metrics.AddMeter(CrmMetrics.MeterName, ProcessMetrics.MeterName).AddInstrumentation<ProcessMetrics>();
                metrics.AddAspNetCoreInstrumentation().AddRuntimeInstrumentation().AddNpgsqlInstrumentation();
                metrics.AddReader(provider => new BaseExportingMetricReader(provider.GetRequiredService<PrometheusExporter>()));
                if (otlp.SendsMetrics)
                {
                    metrics.AddOtlpExporter();
                }
            });
        builder.Services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
        {
            var meters = provider.GetRequiredService<IMeterFactory>();
            metrics.AddView(instrument => IsUnwanted(instrument, meters) ? MetricStreamConfiguration.Drop : instrument.Name == RequestDuration ? OfRequests : null);
        });
        if (otlp.SendsTraces)
        {
            telemetry.WithTracing(traces => traces.AddAspNetCoreInstrumentation(RequestSpans.Configure).AddSource(CrmTracing.SourceName).AddNpgsql().AddOtlpExporter());
        }

        if (otlp.SendsLogs)
        {
            telemetry.WithLogging(logs => logs.AddOtlpExporter(), logs => logs.IncludeFormattedMessage = true);
        }
    }

    // Meters are found by name in the whole process: another service's in it, as in tests, are not ours to count.
    private static bool IsUnwanted(Instrument instrument, IMeterFactory meters) =>
        (instrument.Meter.Scope is IMeterFactory factory && factory != meters)
        || UnwantedMeters.Contains(instrument.Meter.Name)
        || (instrument.Meter.Name == "System.Runtime" && ProcessMetrics.Replaced.Contains(instrument.Name));
}
