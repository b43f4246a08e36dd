using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// Makes a target that a proxy sends as http://host/path?query (RFC 9112 §3.2.2) what it is without scheme and host, before routing. The server decodes such
/// a path by other rules: %2F becomes a slash, and bytes that are not UTF-8 stay as they are, so that it would be another record's URL.
/// </summary>
internal sealed class OriginFormMiddleware(RequestDelegate next)
{
    private const string AfterScheme = "://";
    private const string Nul = "%00";

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Features.GetRequiredFeature<IHttpRequestFeature>();
        if (!request.RawTarget.StartsWith('/') && request.RawTarget.IndexOf(AfterScheme, StringComparison.Ordinal) is >= 0 and var scheme)
        {
            request.RawTarget = Origin(request.RawTarget.AsSpan(scheme + AfterScheme.Length));
            var path = request.RawTarget.Split('?')[0];
            http.Request.Path = path.Contains(Nul, StringComparison.Ordinal) ? "/" : PathString.FromUriComponent(path); // which would throw; the refs' middleware refuses it
        }

        return next(http);
    }

    // The authority ends at the path, the query or a fragment, which no target has.
    private static string Origin(ReadOnlySpan<char> rest) => rest.IndexOfAny('/', '?', '#') switch
    {
        < 0 => "/",
        var end when rest[end] == '/' => rest[end..].ToString(),
        var end when rest[end] == '?' => $"/{rest[end..]}",
        _ => "/",
    };
}
