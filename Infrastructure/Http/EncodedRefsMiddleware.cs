using Microsoft.AspNetCore.Http.Features;
namespace CrmImport.Infrastructure.Http;

/// <summary>
/// Gives route parameters the text the caller encoded. The server leaves %2F as it is and decodes %252F to the same text, so a ref with a slash
/// in it could not be told from one with "%2F" in it: where the path has either, the parameters are decoded again from the path as it was sent.
/// </summary>
internal sealed class EncodedRefsMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (target.StartsWith('/') && target.Contains("%2", StringComparison.Ordinal) && http.GetEndpoint() is RouteEndpoint endpoint)
        {
            var path = DecodedSegments(target);
            var segments = endpoint.RoutePattern.PathSegments;
            for (var i = 0; i < segments.Count && i < path.Count; i++)
            {
                if (segments[i].Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter])
                {
                    http.Request.RouteValues[parameter.Name] = path[i];
                }
            }
        }

        return next(http);
    }

    // The segments as the server counted them when it found the route: without dot segments.
    private static List<string> DecodedSegments(string target)
    {
        var segments = new List<string>();
        foreach (var segment in target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString))
        {
            if (segment == "..")
            {
                segments.RemoveRange(Math.Max(segments.Count - 1, 0), Math.Min(segments.Count, 1));
            }
            else if (segment != ".")
            {
                segments.Add(segment);
            }
        }

        return segments;
    }
}
