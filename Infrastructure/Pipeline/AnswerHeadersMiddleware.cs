using CrmImport.Infrastructure.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Headers of every answer, failures too: what browsers may do with it, and what is left of the caller's limits.</summary>
internal sealed class AnswerHeadersMiddleware(RequestDelegate next, RateLimits limits, IHostApplicationLifetime lifetime)
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues Deny = "DENY";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues NoStore = "no-store";
    private static readonly StringValues NothingAllowed = "default-src 'none'; frame-ancestors 'none'";
    private static readonly StringValues OwnScripts = // for the page of the API, which styles its parts one by one
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    private static readonly StringValues Close = "close";
    private static readonly StringValues AYear = "max-age=31536000";

    public Task InvokeAsync(HttpContext http)
    {
        // As the answer starts, not before: what fails half-way is cleared of its headers.
        http.Response.OnStarting(static state =>
        {
            var (self, http) = ((AnswerHeadersMiddleware, HttpContext))state;
            self.Write(http);
            return Task.CompletedTask;
        }, (this, http));
        return next(http);
    }

    private void Write(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        headers.XFrameOptions = Deny;
        headers["Referrer-Policy"] = NoReferrer;
        if (headers.CacheControl.Count == 0)
        {
            headers.CacheControl = NoStore;
        }

        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = http.Request.Path.StartsWithSegments("/docs") ? OwnScripts : NothingAllowed;
        }

        if (http.Request.IsHttps && http.Request.Host.Host is not ("localhost" or "127.0.0.1" or "[::1]"))
        {
            headers.StrictTransportSecurity = AYear;
        }

        if (http.Response.StatusCode < StatusCodes.Status400BadRequest && http.Features.Get<SentRecord>()?.Warnings is { } warnings)
        {
            headers[SentRecord.WarningsHeader] = warnings;
        }

        // While it stops, the next request finds another replica; and a body that is too large is not read, so no request can follow it.
        if ((lifetime.ApplicationStopping.IsCancellationRequested || http.Request.ContentLength > http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
            && !HttpProtocol.IsHttp2(http.Request.Protocol))
        {
            headers.Connection = Close;
        }

        limits.WriteHeaders(http);
    }
}
