namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// HEAD wherever GET is (RFC 9110 §9.3.2): routed and answered as GET; the server remembers what was asked, and sends the headers alone. Methods are case-sensitive
/// (§9.1), which routing does not know: one in lower case is none that a route has.
/// </summary>
internal sealed class MethodMiddleware(RequestDelegate next)
{
    private const string Other = "(other)";

    public Task InvokeAsync(HttpContext http)
    {
        if (http.Request.Method.Any(char.IsAsciiLetterLower))
        {
            http.Request.Method = Other;
        }
        else if (http.Request.Method == HttpMethods.Head)
        {
            http.Request.Method = HttpMethods.Get;
        }

        return next(http);
    }
}
