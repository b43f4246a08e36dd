using System.Globalization;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.AspNetCore.Connections;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// Writes the failure envelope, logs, counts and audits it: for a refusal that was left with the request, for whatever fails inside, and for whatever bare status the
/// framework leaves behind.
/// </summary>
internal sealed partial class EnvelopeMiddleware(RequestDelegate next, Credentials credentials, RefusedCalls refusedCalls, CrmMetrics metrics, ILogger<EnvelopeMiddleware> logger)
{
    /// <summary>The ways to show a credential that HTTP has a scheme for.</summary>
    private const string Challenge =
        """
        Bearer realm="CrmImport", Basic realm="CrmImport", SOTicket realm="CrmImport"
        """;

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
            {
                await WriteAsync(http, http.Features.Get<Refusal>() ?? Describe(http));
            }
        }
        catch (Exception exception) when (exception is ConnectionResetException || http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to read an answer, and what the caller broke off is no fault of ours.
            if (!http.Response.HasStarted)
            {
                http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            }
        }
        catch (Exception exception) when (!http.Response.HasStarted)
        {
            var refusal = Translate(exception);
            if (refusal.Error == ApiErrors.Internal)
            {
                logger.LogError(exception, "{Method} {Route} failed, trace {TraceId}", http.Request.Method, CallOrigin.RouteOf(http), CallOrigin.TraceIdOf(http));
            }
            else if (refusal.Error.Status >= 500)
            {
                logger.LogWarning("{Method} {Route}: {Reason}, trace {TraceId}", http.Request.Method, CallOrigin.RouteOf(http), exception.Message, CallOrigin.TraceIdOf(http));
            }

            http.Response.Clear();
            await WriteAsync(http, refusal);
        }
    }

    private Task WriteAsync(HttpContext http, Refusal refusal)
    {
        var (traceId, response) = (CallOrigin.TraceIdOf(http), http.Response);
        var access = http.Features.Get<RequestAccess>();
        refusedCalls.Add(http, refusal.Error, access, access is null ? credentials.ClaimOf(http) : null);
        LogFailure(http.Request.Method, CallOrigin.RouteOf(http), refusal.Error.Status, refusal.Error.Code, traceId);
        metrics.RequestRefused(refusal.Error);
        response.StatusCode = refusal.Error.Status;
        response.ContentType = Envelope.ContentType;
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        if (refusal.Error.Status == StatusCodes.Status401Unauthorized)
        {
            response.Headers.WWWAuthenticate = Challenge;
        }

        if (refusal.Error.Status == StatusCodes.Status408RequestTimeout)
        {
            response.Headers.Connection = "close"; // what was late may still come, and would be taken for the next request
        }

        var json = Envelope.Write(refusal, traceId);
        response.ContentLength = json.Length;
        return response.Body.WriteAsync(json, CancellationToken.None).AsTask();
    }

    private static Refusal Describe(HttpContext http)
    {
        if (http.Response.Headers.Allow.ToString() is var allow && allow.Split(", ").Contains(HttpMethods.Get) && !allow.Contains(HttpMethods.Head, StringComparison.Ordinal))
        {
            http.Response.Headers.Allow = $"{allow}, {HttpMethods.Head}";
        }

        var error = ApiErrors.ForStatus(http.Response.StatusCode);
        return error.Status switch
        {
            404 => new Refusal(error, $"No route {http.Request.Path.Value}"),
            405 => new Refusal(error, $"{http.Request.Path.Value} supports {http.Response.Headers.Allow}, not {http.Request.Method}"),
            _ => new Refusal(error, error.Meaning),
        };
    }

    private static Refusal Translate(Exception exception) => exception switch
    {
        BadHttpRequestException bad => new Refusal(ApiErrors.ForStatus(bad.StatusCode), ApiErrors.ForStatus(bad.StatusCode).Meaning),
        IOException => new Refusal(ApiErrors.InvalidRequest, "The body could not be read"), // broken chunks; the database's own are wrapped by its driver
        _ => DatabaseErrors.Describe(exception),
    };

    [LoggerMessage(LogLevel.Information, "{Method} {Route} answered {Status} {Code}, trace {TraceId}")]
    private partial void LogFailure(string method, string route, int status, string code, string traceId);
}
