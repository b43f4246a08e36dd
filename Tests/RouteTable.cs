using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
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
                .Select(method => new Route(method, "/" + endpoint.RoutePattern.RawText!.TrimStart('/'), endpoint.Metadata.GetMetadata<RouteAccess>(), endpoint.Metadata.GetMetadata<Uncompressed>() is not null))),
    ];
}

/// <summary>One method of one route; access is null where the route states none.</summary>
internal sealed record Route(string Method, string Pattern, RouteAccess? Access, bool IsUncompressed)
{
    /// <summary>An address of the route: every parameter is <c>v1</c>, and no part of another route's name.</summary>
    public string Path => string.Join('/', Pattern.Split('/').Select(segment => !segment.StartsWith('{') ? segment : segment.EndsWith('}') ? "v1" : "any" + segment[(segment.IndexOf('}', StringComparison.Ordinal) + 1)..]));

    public override string ToString() => $"{Method} {Pattern}";
}
