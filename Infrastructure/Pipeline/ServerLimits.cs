using CrmImport.Infrastructure.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>The limits that the web server itself keeps. What it refuses by them, <see cref="BrokenRequests"/> puts into the envelope.</summary>
internal static class ServerLimits
{
    private const long DrainedBytes = 30_000_000;

    private static readonly ContentLengthEncoding ContentLength = new();

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    public static void Apply(KestrelServerOptions kestrel, LimitsOptions limits, OpenConnections connections)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = name => name == HeaderNames.ContentLength ? ContentLength : null;
        // Routes refuse what is over their own limit. The server's is higher, so that it reads the rest of such a body and the caller gets to read the answer.
        kestrel.Limits.MaxRequestBodySize = Math.Max(DrainedBytes, 2L * limits.BodyBytes);
        kestrel.Limits.MaxRequestLineSize = limits.RequestLineBytes;
        kestrel.Limits.MaxRequestHeadersTotalSize = limits.HeaderBytes;
        kestrel.Limits.MaxRequestHeaderCount = limits.Headers;
        kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(limits.HeaderSeconds);
        kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(limits.IdleSeconds);
        kestrel.Limits.MinRequestBodyDataRate = kestrel.Limits.MinResponseDataRate = limits.BytesPerSecond == 0 ? null : new MinDataRate(limits.BytesPerSecond, Grace);
        kestrel.Limits.Http2.MaxStreamsPerConnection = limits.Streams;
        kestrel.Limits.MaxConcurrentConnections = connections.Most;
        kestrel.Limits.MaxConcurrentUpgradedConnections = limits.Connections;
        kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(connections.Count));
    }
}
