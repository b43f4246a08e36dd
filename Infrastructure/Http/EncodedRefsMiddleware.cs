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
            var path = target.Split('?')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
            var segments = endpoint.RoutePattern.PathSegments;
            for (var i = 0; i < segments.Count && i < path.Length; i++)
            {
                if (segments[i].Parts is [Microsoft.AspNetCore.Routing.Patterns.RoutePatternParameterPart parameter])
                {
                    http.Request.RouteValues[parameter.Name] = Uri.UnescapeDataString(path[i]);
                }
            }
        }

        return next(http);
    }
}
