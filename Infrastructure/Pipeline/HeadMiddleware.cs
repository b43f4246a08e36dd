namespace CrmImport.Infrastructure.Pipeline;

/// <summary>HEAD wherever GET is (RFC 9110 §9.3.2): routed and answered as GET; the server remembers what was asked, and sends the headers alone.</summary>
internal sealed class HeadMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (HttpMethods.IsHead(http.Request.Method))
        {
            http.Request.Method = HttpMethods.Get;
        }

        return next(http);
    }
}
