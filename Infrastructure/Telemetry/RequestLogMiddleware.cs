using System.Diagnostics;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Logs a line for each success, where that is wanted; a failure has a line of its own (<see cref="Pipeline.EnvelopeMiddleware"/>). Neither holds anything of the caller's.</summary>
internal sealed partial class RequestLogMiddleware(RequestDelegate next, ILoggerFactory loggers)
{
    private const string Category = "CrmImport.Requests";

    private readonly ILogger logger = loggers.CreateLogger(Category);

    public Task InvokeAsync(HttpContext http) => logger.IsEnabled(LogLevel.Information) ? LogAsync(http) : next(http);

    private async Task LogAsync(HttpContext http)
    {
        var began = Stopwatch.GetTimestamp();
        await next(http);
        if (http.Response.StatusCode < 400)
        {
            LogSuccess(
                http.Request.Method, CallOrigin.RouteOf(http), http.Response.StatusCode, Math.Round(Stopwatch.GetElapsedTime(began).TotalMilliseconds, 2),
                http.Features.Get<RequestAccess>()?.Tenant.Name ?? "-", CallOrigin.TraceIdOf(http));
        }
    }

    [LoggerMessage(LogLevel.Information, "{Method} {Route} answered {Status} in {Milliseconds} ms, database {Database}, trace {TraceId}")]
    private partial void LogSuccess(string method, string route, int status, double milliseconds, string database, string traceId);
}
