using CrmImport.Infrastructure.Settings;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using OpenTelemetry.Logs;
using OpenTelemetry.Resources;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Metrics, traces and logs, by section <c>Telemetry</c>, section <c>Logging</c> and the standard variables.</summary>
internal static class TelemetryRegistration
{
    private const string FormatterSetting = "Logging:Console:FormatterName";

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var options = SettingsReader.Read<TelemetryOptions>(builder.Configuration, "Telemetry");
        if (options.MetricsToken.Length == 0 && builder.Configuration["Telemetry:MetricsToken:File"] is { Length: > 0 } file)
        {
            throw new StartupException($"Telemetry:MetricsToken:File names the file {file}, which is empty.");
        }

        if (options.MetricsPort > 0)
        {
            MetricsPort.Add(builder, options.MetricsPort);
        }

        var otlp = new OtlpSettings(builder.Configuration);
        builder.Services.AddSingleton(Options.Create(options));
        builder.Services.AddSingleton(otlp);
        builder.Services.AddSingleton<CrmMetrics>();
        builder.Services.AddSingleton<ProcessMetrics>();
        builder.Services.AddSingleton<PrometheusExporter>();
        builder.Services.AddSingleton<TelemetrySdk>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<TelemetrySdk>());
        AddLogs(builder, otlp);
    }

    /// <summary>Where metrics have a port of their own, nothing but them and health answers there.</summary>
    public static void UseMetricsPort(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value.MetricsPort is > 0 and var port)
        {
            MetricsPort.Separate(app, port);
        }
    }

    // Lines for programs in production, for people in development, and whatever else is configured.
    private static void AddLogs(WebApplicationBuilder builder, OtlpSettings otlp)
    {
        builder.Logging.AddConsoleFormatter<JsonLineFormatter, ConsoleFormatterOptions>();
        if (builder.Configuration[FormatterSetting] is null && !builder.Environment.IsDevelopment())
        {
            builder.Configuration.AddInMemoryCollection([new(FormatterSetting, JsonLineFormatter.FormatterName)]);
        }

        if (otlp.SendsLogs)
        {
            builder.Logging.AddOpenTelemetry(logs =>
            {
                var resource = ResourceBuilder.CreateEmpty();
                TelemetrySdk.Describe(resource);
                logs.SetResourceBuilder(resource).AddOtlpExporter();
                logs.IncludeFormattedMessage = true;
            });
        }
    }
}
