using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using Microsoft.AspNetCore.Connections;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Outermost: whatever fails inside, and whatever bare status the framework leaves behind, the caller reads the failure envelope.</summary>
internal sealed class EnvelopeMiddleware(RequestDelegate next, ILogger<EnvelopeMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentType: null })
            {
                await Envelope.WriteFailureAsync(http, Describe(http));
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
                logger.LogError(exception, "{Method} {Route} failed, trace {TraceId}", http.Request.Method, Envelope.RouteOf(http), Envelope.TraceId(http));
            }
            else if (refusal.Error.Status >= 500)
            {
                logger.LogWarning("{Method} {Route}: {Reason}, trace {TraceId}", http.Request.Method, Envelope.RouteOf(http), exception.Message, Envelope.TraceId(http));
            }

            http.Response.Clear();
            await Envelope.WriteFailureAsync(http, refusal);
        }
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
            404 => new Refusal(error, $"There is no route {http.Request.Path.Value}"),
            405 => new Refusal(error, $"{http.Request.Path.Value} takes {http.Response.Headers.Allow}, not {http.Request.Method}"),
            _ => new Refusal(error, error.Meaning),
        };
    }

    private static Refusal Translate(Exception exception) => exception switch
    {
        BadHttpRequestException bad => new Refusal(ApiErrors.ForStatus(bad.StatusCode), ApiErrors.ForStatus(bad.StatusCode).Meaning),
        IOException => new Refusal(ApiErrors.InvalidRequest, "The body could not be read"), // broken chunks; the database's own are wrapped by its driver
        _ => DatabaseErrors.Describe(exception),
    };
}
