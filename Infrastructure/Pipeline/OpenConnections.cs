using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Http;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Counts the connections, so that one too many gets an answer instead of being cut off.</summary>
internal sealed class OpenConnections(IOptions<LimitsOptions> limits)
{
    // Connections over the limit that still get an answer; the server cuts off those beyond.
    private const int Refused = 256;

    private int open;

    /// <summary>Where the server accepts and closes at once.</summary>
    public long Most => (long)limits.Value.Connections + Refused;

    public bool IsOver => Volatile.Read(ref open) > limits.Value.Connections;

    public ConnectionDelegate Count(ConnectionDelegate next) => async connection =>
    {
        if (Interlocked.Increment(ref open) > limits.Value.Connections)
        {
            connection.Features.Set(new OneTooMany());
        }

        try
        {
            await next(connection);
        }
        finally
        {
            Interlocked.Decrement(ref open);
        }
    };
}

/// <summary>Marks a connection that came when there were enough.</summary>
internal sealed record OneTooMany;

/// <summary>Answers 503 on a connection that is one too many, while it is; health and metrics are answered all the same, or the busy would be taken for the dead.</summary>
internal sealed class OpenConnectionsMiddleware(RequestDelegate next, OpenConnections connections)
{
    private const int RetryAfterSeconds = 2;

    public Task InvokeAsync(HttpContext http)
    {
        if (!connections.IsOver || http.Features.Get<OneTooMany>() is null || Transport.IsProbe(http))
        {
            return next(http);
        }

        http.Response.Headers.Connection = "close";
        return new Refusal(ApiErrors.TooManyConnections, "Too many connections are open") { RetryAfterSeconds = RetryAfterSeconds }.ExecuteAsync(http);
    }
}
