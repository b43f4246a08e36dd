using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Telemetry;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>How requests reach the service: over which transport, through whose hands, and how many of them.</summary>
internal static class Transport
{
    private const string TrustEverybody = "ForwardedHeaders_Enabled";

    public static void AddTransport(this WebApplicationBuilder builder)
    {
        if (string.Equals(builder.Configuration[TrustEverybody], "true", StringComparison.OrdinalIgnoreCase))
        {
            throw new StartupException("ASPNETCORE_FORWARDEDHEADERS_ENABLED takes anybody's word for a client's address: name your proxies in Proxies:Trusted (Proxies__Trusted__0=10.0.0.0/8) instead.");
        }

        builder.Services.AddSingleton(TrustedProxies.Of(SettingsReader.Read<ProxiesOptions>(builder.Configuration, "Proxies")));
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<HttpsOptions>(builder.Configuration, "Https")));
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<RateLimitsOptions>(builder.Configuration, "RateLimits")));
        builder.Services.AddSingleton<RateLimits>();
    }

    /// <summary>Headers of every answer, then who may use plain HTTP, then the client's true address, then its limit.</summary>
    public static void UseTransport(this WebApplication app)
    {
        app.UseMiddleware<AnswerHeadersMiddleware>();
        if (app.Services.GetRequiredService<IOptions<HttpsOptions>>().Value.Required)
        {
            app.UseMiddleware<HttpsMiddleware>();
        }
        else
        {
            app.Lifetime.ApplicationStarted.Register(() => app.Logger.LogWarning("Https:Required is false: passwords and tokens may cross the network readable by others"));
        }

        // With no network known the framework's middleware takes everybody's word.
        var proxies = app.Services.GetRequiredService<TrustedProxies>();
        if (proxies.Networks.Count > 0)
        {
            app.UseForwardedHeaders(Forwarded(proxies));
        }

        app.UseMiddleware<AddressLimitMiddleware>();
        app.UseMiddleware<OpenConnectionsMiddleware>();
    }

    /// <summary>Orchestrators' probes and Prometheus: plain, and as often as they like.</summary>
    public static bool IsProbe(HttpContext http) => http.Request.Path.StartsWithSegments("/health") || http.Request.Path.StartsWithSegments(MetricsModule.Path);

    private static ForwardedHeadersOptions Forwarded(TrustedProxies proxies)
    {
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto, ForwardLimit = null };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var network in proxies.Networks)
        {
            options.KnownIPNetworks.Add(network);
        }

        return options;
    }
}
