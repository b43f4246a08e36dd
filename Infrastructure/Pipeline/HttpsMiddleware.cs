using System.Net;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Plain HTTP only from this machine or through a trusted proxy; stands before the forwarded headers are read, so it sees who really connected.</summary>
internal sealed class HttpsMiddleware(RequestDelegate next, TrustedProxies proxies)
{
    public Task InvokeAsync(HttpContext http) =>
        http.Request.IsHttps || IsNear(http.Connection.RemoteIpAddress) || Transport.IsProbe(http)
            ? next(http)
            : new Refusal(ApiErrors.HttpsRequired, "HTTPS is required, except from loopback and Proxies:Trusted").ExecuteAsync(http);

    // No address: a unix socket.
    private bool IsNear(IPAddress? address) =>
        address is null || IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) || proxies.Contains(address);
}
