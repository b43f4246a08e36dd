using CrmImport.Infrastructure.Auth;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests;

/// <summary>The routes the service really maps, so that a test of all routes also covers the one that is added tomorrow.</summary>
internal static class RouteTable
{
    public static IReadOnlyList<Route> All { get; } =
    [
        .. ServiceUnderTest.Services.GetRequiredService<EndpointDataSource>().Endpoints
            .OfType<RouteEndpoint>()
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                .Select(method => new Route(method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), endpoint.Metadata.GetMetadata<RouteAccess>()))),
    ];
}

/// <summary>One method of one route; access is null where the route states none.</summary>
internal sealed record Route(string Method, string Pattern, RouteAccess? Access)
{
    /// <summary>An address of the route: every parameter is <c>v1</c>, or 1 where it must be a number.</summary>
    public string Path => string.Join('/', Pattern.Split('/').Select(segment => !segment.StartsWith('{') ? segment
        : (segment.Contains(":long", StringComparison.Ordinal) ? "1" : "v1") + segment[(segment.IndexOf('}', StringComparison.Ordinal) + 1)..]));

    /// <summary>The route as the API's description has it: without what its parameters must look like.</summary>
    public string Described => $"{Method} {Pattern.Replace(":long", "", StringComparison.Ordinal)}";

    public override string ToString() => $"{Method} {Pattern}";
}
