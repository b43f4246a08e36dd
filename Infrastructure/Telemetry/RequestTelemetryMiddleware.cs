using System.Diagnostics;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>
/// Names the request's span by its route and logs a line for each success, where either is wanted; a failure logs its own line (<see cref="Pipeline.EnvelopeMiddleware"/>).
/// Neither has anything of the caller's: the framework's own attributes of the span, which it keeps back unless told otherwise, have the path with its refs.
/// </summary>
internal sealed partial class RequestTelemetryMiddleware(RequestDelegate next, ILoggerFactory loggers)
{
    private const string Category = "CrmImport.Requests";

    private readonly ILogger logger = loggers.CreateLogger(Category);

    public Task InvokeAsync(HttpContext http) => CrmTracing.IsOn || logger.IsEnabled(LogLevel.Information) ? WatchAsync(http) : next(http);

    private async Task WatchAsync(HttpContext http)
    {
        var began = Stopwatch.GetTimestamp();
        var span = CrmTracing.IsOn ? Activity.Current : null;
        if (span is not null && IsWatching(http.Request.Path))
        {
            span.IsAllDataRequested = false;
            span.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        try
        {
            await next(http);
        }
        finally
        {
            if (span is { IsAllDataRequested: true })
            {
                Describe(span, http);
            }

            if (http.Response.StatusCode < 400)
            {
                LogSuccess(
                    http.Request.Method, CallOrigin.RouteOf(http), http.Response.StatusCode, Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 2),
                    http.Features.Get<RequestAccess>()?.Tenant.Name ?? "-", CallOrigin.TraceIdOf(http));
            }
        }
    }

    // Load balancers and Prometheus ask all the time: nobody wants those traces.
    private static bool IsWatching(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments(MetricsModule.Path);

    private static void Describe(Activity span, HttpContext http)
    {
        var method = HttpMethods.GetCanonicalizedValue(http.Request.Method) is var known && Methods.Contains(known) ? known : null;
        var route = (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText;
        span.DisplayName = route is null ? method ?? "HTTP" : $"{method ?? "HTTP"} {route}";
        span.SetTag("http.request.method", method ?? "_OTHER");
        span.SetTag("http.route", route);
        span.SetTag("http.response.status_code", http.Response.StatusCode);
        span.SetTag("url.scheme", http.Request.Scheme);
        span.SetTag("db.namespace", http.Features.Get<RequestAccess>()?.Tenant.Name);
        if (http.Response.StatusCode >= 500)
        {
            span.SetTag("error.type", $"{http.Response.StatusCode}");
            span.SetStatus(ActivityStatusCode.Error);
        }
    }

    private static readonly HashSet<string> Methods =
        [HttpMethods.Connect, HttpMethods.Delete, HttpMethods.Get, HttpMethods.Head, HttpMethods.Options, HttpMethods.Patch, HttpMethods.Post, HttpMethods.Put, HttpMethods.Trace];

    [LoggerMessage(LogLevel.Information, "{Method} {Route} answered {Status} in {Milliseconds} ms, database {Database}, trace {TraceId}")]
    private partial void LogSuccess(string method, string route, int status, double milliseconds, string database, string traceId);
}
