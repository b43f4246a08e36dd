using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Carter;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary><c>GET /metrics</c>: what the service measures, in Prometheus' text format; with a token where one is set.</summary>
public sealed class MetricsModule : ICarterModule
{
    public const string Path = "/metrics";

    public void AddRoutes(IEndpointRouteBuilder app) =>
        app.MapGet(Path, Scrape)
            .Open()
            .DisableHttpMetrics() // scrapes are not traffic
            .WithTags("Health")
            .WithName("Metrics")
            .WithSummary("What the service measures, in Prometheus' text format")
            .WithDescription("Outside development it needs one of two settings: if Telemetry:MetricsToken is set, send it as Authorization: Bearer; if Telemetry:MetricsPort is set, this route is available on that port only.")
            .Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Produces(StatusCodes.Status401Unauthorized)
            .Produces(StatusCodes.Status404NotFound);

    private static IResult Scrape(HttpContext http, PrometheusExporter prometheus, IOptions<TelemetryOptions> options, IHostEnvironment environment)
    {
        if (!options.Value.IsGuarded && !environment.IsDevelopment())
        {
            return new Refusal(ApiErrors.RouteNotFound, "Metrics need a setting: Telemetry:MetricsPort, Telemetry:MetricsToken or both");
        }

        if (options.Value.MetricsToken is { Length: > 0 } token && !Presents(http.Request, token))
        {
            return new Refusal(ApiErrors.NotAuthenticated, "The metrics require their token as Authorization: Bearer");
        }

        return prometheus.Scrape() is { } text
            ? TypedResults.Bytes(text, PrometheusExporter.ContentType)
            : new Refusal(ApiErrors.RouteNotFound, "Metrics are switched off");
    }

    // Digests, so that neither the characters nor their number show in the time it takes.
    private static bool Presents(HttpRequest request, string token) =>
        request.Headers.Authorization is [{ } header]
        && AuthenticationHeaderValue.TryParse(header, out var value)
        && value is { Parameter: { } given }
        && value.Scheme.Equals("Bearer", StringComparison.OrdinalIgnoreCase)
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes(token)));
}
