using System.Diagnostics;

namespace CrmImport.Infrastructure.Callers;

/// <summary>Where a call comes from, as the audit records it: the client's address, the method and route, and the trace.</summary>
internal sealed record CallOrigin(string Address, string Method, string Route, string TraceId)
{
    public static CallOrigin Unknown { get; } = new("", "", "", "");

    /// <summary>The import that the call carries out; null for any other call.</summary>
    public Guid? ImportId { get; init; }

    public static CallOrigin Of(HttpContext http) => new(
        http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "",
        http.Request.Method,
        (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? http.Request.Path,
        TraceIdOf(http));

    /// <summary>The id that finds this request's lines in the log: the trace's, if there is one.</summary>
    public static string TraceIdOf(HttpContext http) => Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;

    /// <summary>The route's pattern, which unlike the path holds nothing of the caller's.</summary>
    public static string RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    public static ValueTask<CallOrigin> BindAsync(HttpContext http) => ValueTask.FromResult(Of(http));
}
