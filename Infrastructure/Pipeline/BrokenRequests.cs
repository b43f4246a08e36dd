using System.Buffers;
using System.Diagnostics;
using CrmImport.Infrastructure.Answers;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>
/// What the server cannot read as a request (400, 408, 414, 431, 505) never reaches a middleware and would be answered without a body. The server raises an event
/// before it answers: this sends the headers through the server, the envelope after them, and leaves it nothing to do but to close.
/// </summary>
internal sealed partial class BrokenRequests(DiagnosticListener server, ILogger<BrokenRequests> logger) : IHostedService, IObserver<KeyValuePair<string, object?>>
{
    private const string Event = "Microsoft.AspNetCore.Server.Kestrel.BadRequest";

    private IDisposable? subscription;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        subscription = server.Subscribe(this, name => name == Event);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        subscription?.Dispose();
        return Task.CompletedTask;
    }

    public void OnNext(KeyValuePair<string, object?> value)
    {
        if (value.Key == Event && value.Value is IFeatureCollection features && !SpeaksHttp2(features))
        {
            Answer(features);
        }
    }

    public void OnCompleted()
    {
    }

    public void OnError(Exception error)
    {
    }

    // HTTP/2 has frames, which this would break: the server ends the stream or, where HTTP/2 was not agreed on, the connection by one.
    private static bool SpeaksHttp2(IFeatureCollection request) =>
        request.Get<IHttp2StreamIdFeature>() is not null || request.Get<IBadRequestExceptionFeature>()?.Error?.Message.Contains("HTTP/2", StringComparison.Ordinal) == true;

    private void Answer(IFeatureCollection request)
    {
        var response = request.GetRequiredFeature<IHttpResponseFeature>();
        if (response.HasStarted || request.Get<IConnectionTransportFeature>() is not { } connection)
        {
            return;
        }

        var error = ApiErrors.ForStatus(response.StatusCode);
        var traceId = request.GetRequiredFeature<IHttpRequestIdentifierFeature>().TraceIdentifier;
        LogRefused(error.Status, error.Code, traceId);
        var json = Envelope.Write(new Refusal(error, error.Meaning), traceId);
        response.Headers.ContentType = Envelope.ContentType;
        response.Headers.ContentLength = json.Length;
        response.Headers.Connection = "close";
        var head = request.GetRequiredFeature<IHttpResponseBodyFeature>().StartAsync();
        if (head.IsCompletedSuccessfully && request.GetRequiredFeature<IHttpRequestFeature>().Method != HttpMethods.Head)
        {
            connection.Transport.Output.Write(json); // sent when the server closes the connection, which it does next
        }
    }

    [LoggerMessage(LogLevel.Information, "Malformed or oversized request answered {Status} {Code}, trace {TraceId}")]
    private partial void LogRefused(int status, string code, string traceId);
}
