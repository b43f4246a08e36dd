using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Telemetry;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>How requests reach the service: over which transport, through whose hands, and how many of them.</summary>
internal static class Transport
{
    /// <summary>ASP.NET Core's own setting, which this service refuses.</summary>
    public const string TrustEverybody = "ForwardedHeaders_Enabled";

    /// <summary>Kestrel with its limits and addresses, and what the middlewares of the transport take.</summary>
    public static void AddTransport(this WebApplicationBuilder builder)
    {
        CheckForwarding(builder.Configuration);

        var limits = builder.AddSettings<LimitsOptions>();
        var connections = new OpenConnections(Options.Create(limits));
        builder.Services.AddSingleton(connections);
        builder.Services.AddHostedService<BrokenRequests>();
        builder.WebHost.ConfigureKestrel(kestrel => ServerLimits.Apply(kestrel, limits, connections));
        if (!ListenSettings.AreGiven(builder.Configuration))
        {
            builder.WebHost.UseUrls(ListenSettings.DefaultUrl);
        }

        builder.AddSettings<HttpsOptions>();
        builder.Services.AddSingleton(TrustedProxies.Of(builder.AddSettings<ProxiesOptions>()));
        builder.Services.AddCompression();
        builder.AddSettings<RateLimitsOptions>();
        builder.Services.AddSingleton<RateLimits>();
        builder.Services.AddSingleton<LargeBodies>();
    }

    public static void CheckForwarding(IConfiguration configuration)
    {
        if (string.Equals(configuration[TrustEverybody], "true", StringComparison.OrdinalIgnoreCase))
        {
            throw new StartupException("ASPNETCORE_FORWARDEDHEADERS_ENABLED would trust any X-Forwarded-For header: set Proxies:Trusted (Proxies__Trusted__0=10.0.0.0/8) instead.");
        }
    }

    /// <summary>Refuses plain HTTP, unless <c>Https:Required</c> is false.</summary>
    public static void UseHttps(this WebApplication app)
    {
        if (app.Services.GetRequiredService<IOptions<HttpsOptions>>().Value.Required)
        {
            app.UseMiddleware<HttpsMiddleware>();
        }
        else
        {
            app.Lifetime.ApplicationStarted.Register(() => app.Logger.LogWarning("Https:Required is false: passwords and tokens may be sent unencrypted"));
        }
    }

    /// <summary>Takes the client's address from the headers of trusted proxies. With no network known the framework's middleware would take everybody's word.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<TrustedProxies>();
        if (proxies.Networks.Count > 0)
        {
            app.UseForwardedHeaders(Forwarded(proxies));
        }
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
