using System.Collections.Frozen;
using System.Diagnostics;
using CrmImport.Infrastructure.Tenancy;
using OpenTelemetry.Instrumentation.AspNetCore;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>
/// What the span of a request records: method, route, status and database. ASP.NET Core's instrumentation also records texts of the caller's (the path with its
/// refs, query, host, user agent, a method that does not exist), which are removed.
/// </summary>
internal static class RequestSpans
{
    /// <summary>Of what is recorded when the request begins. A list of what stays: an attribute that is new in the package is not sent before somebody looked at it.</summary>
    private static readonly FrozenSet<string> Allowed = FrozenSet.Create("http.request.method", "network.protocol.version", "url.scheme");

    public static void Configure(AspNetCoreTraceInstrumentationOptions options)
    {
        options.Filter = http => !IsProbe(http.Request.Path);
        options.EnrichWithHttpRequest = (span, _) => RemoveCallersTexts(span);
        options.EnrichWithHttpResponse = (span, response) => span.SetTag("db.namespace", response.HttpContext.Features.Get<RequestAccess>()?.Tenant.Name);
    }

    // Load balancers and Prometheus ask all the time: nobody wants those traces.
    private static bool IsProbe(PathString path) => path.StartsWithSegments("/health") || path.StartsWithSegments(MetricsModule.Path);

    private static void RemoveCallersTexts(Activity span)
    {
        foreach (var (name, _) in span.TagObjects.Where(tag => !Allowed.Contains(tag.Key)).ToArray())
        {
            span.SetTag(name, null);
        }
    }
}
