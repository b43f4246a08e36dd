using CrmImport.Infrastructure.Tenancy;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// Takes a database's name off the front of a path, before routing: <c>/cv_demodb/api/v1/contacts</c> is the route <c>/api/v1/contacts</c> (source: SuperOffice web API).
/// Any other first segment before <c>/api/</c> or <c>/rest/</c> is taken for a database too, an unknown one: nobody can find out which exist.
/// </summary>
internal sealed class DatabaseInPathMiddleware(RequestDelegate next)
{
    private static readonly string[] Routes = ["/api", "/rest", "/oauth", "/.well-known"];

    public Task InvokeAsync(HttpContext http)
    {
        var request = http.Features.GetRequiredFeature<IHttpRequestFeature>();
        var end = request.Path.Length > 1 ? request.Path.IndexOf('/', 1) : -1;
        if (end > 1 && Routes.Any(route => new PathString(request.Path[end..]).StartsWithSegments(route)))
        {
            var (name, endSent) = (request.Path[1..end], request.RawTarget.IndexOf('/', 1));
            if (!DatabaseNames.IsRoot(name) && Uri.UnescapeDataString(request.RawTarget[1..endSent]) == name) // else it was not sent: the server took dot segments out of the path
            {
                http.Features.Set(new DatabaseInPath(name));
                request.RawTarget = request.RawTarget[endSent..];
                (http.Request.PathBase, http.Request.Path) = (new PathString($"/{name}"), new PathString(request.Path[end..]));
            }
        }

        return next(http);
    }
}
