using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// Makes a target that a proxy sends as http://host/path?query (RFC 9112 §3.2.2) what it is without scheme and host, before routing. The server decodes such
/// a path by other rules: %2F becomes a slash, and bytes that are not UTF-8 stay as they are, so that it would be another record's URL.
/// </summary>
internal sealed class OriginFormMiddleware(RequestDelegate next)
{
    private const string AfterScheme = "://";

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Features.GetRequiredFeature<IHttpRequestFeature>();
        if (!request.RawTarget.StartsWith('/') && request.RawTarget.IndexOf(AfterScheme, StringComparison.Ordinal) is >= 0 and var scheme)
        {
            var start = request.RawTarget.IndexOfAny(['/', '?'], scheme + AfterScheme.Length);
            request.RawTarget = start < 0 ? "/" : request.RawTarget[start] == '/' ? request.RawTarget[start..] : $"/{request.RawTarget[start..]}";
            http.Request.Path = PathString.FromUriComponent(request.RawTarget.Split('?')[0]);
        }

        return next(http);
    }
}
