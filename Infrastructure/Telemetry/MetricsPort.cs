using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>A port of their own for metrics and health, where one is set: nothing else answers there, and the metrics answer nowhere else.</summary>
internal static class MetricsPort
{
    private const string HealthPath = "/health";

    /// <summary>Listens there too, in whichever way the other addresses are said.</summary>
    public static void Add(WebApplicationBuilder builder, int port)
    {
        var url = $"http://*:{port}";
        if (builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.Configuration.AddInMemoryCollection([new("Kestrel:Endpoints:Metrics:Url", url)]);
            return;
        }

        var others = builder.Configuration["urls"] is { Length: > 0 } urls
            ? urls.Split(';')
            : [.. Ports("http"), .. Ports("https")];
        builder.WebHost.UseUrls([.. others, url]);

        IEnumerable<string> Ports(string scheme) =>
            (builder.Configuration[$"{scheme}_ports"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries).Select(other => $"{scheme}://*:{other}");
    }

    /// <summary>By the connection's port, which unlike the Host header the caller cannot choose.</summary>
    public static void Separate(WebApplication app, int port) =>
        app.Use((http, next) =>
        {
            var isMetrics = http.Request.Path.StartsWithSegments(MetricsModule.Path);
            var answers = http.Connection.LocalPort == port ? isMetrics || http.Request.Path.StartsWithSegments(HealthPath) : !isMetrics;
            return answers ? next(http) : new Refusal(ApiErrors.RouteNotFound, $"No route {http.Request.Path.Value}").ExecuteAsync(http);
        });
}
