using System.Text.Json;
using System.Text.Json.Serialization;
using Carter;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Telemetry;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary><c>GET /api</c> and <c>/api/v1</c>: which version answers, and where everything is that needs no key in its address (source: InTouch REST API, whose root is <c>/api</c>).</summary>
public sealed class ApiIndexModule : ICarterModule
{
    private const string Root = "/api";

    public void AddRoutes(IEndpointRouteBuilder app)
    {
        foreach (var (path, name) in new[] { (Root, "Index"), ($"{Root}/v1", "IndexOfVersion") })
        {
            app.MapGet(path, Answer).Open().WithTags("Health").WithName(name).WithSummary("What there is").WithDescription("The service's version and the addresses of its lists, its documentation and its log-in.").Produces<ApiIndex>();
        }
    }

    private static IResult Answer(HttpContext http, EndpointDataSource routes) => ReadableJson.ToResult(
        new ApiIndex("CrmImport", BuildInfo.Version, Links(http.Request.PathBase, routes)), ApiIndexJson.Default.ApiIndex);

    private static SortedDictionary<string, string> Links(PathString prefix, EndpointDataSource routes)
    {
        var lists = routes.Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Contains(HttpMethods.Get) == true && route.RoutePattern.Parameters.Count == 0)
            .Select(route => $"/{route.RoutePattern.RawText!.Trim('/')}")
            .Where(path => path.StartsWith($"{Root}/", StringComparison.Ordinal) && path != $"{Root}/v1")
            .ToDictionary(path => path[(path.StartsWith($"{Root}/v1/", StringComparison.Ordinal) ? Root.Length + 4 : Root.Length + 1)..], path => prefix + path);
        return new(lists, StringComparer.Ordinal) { ["auth/login"] = $"{prefix}{Root}/v1/auth/login", ["docs"] = "/docs", ["openapi"] = ApiDocument.DocumentPath };
    }
}

/// <summary>The product, the version that answers, and addresses by name.</summary>
internal sealed record ApiIndex([property: JsonPropertyOrder(1)] string Name, [property: JsonPropertyOrder(2)] string Version, [property: JsonPropertyOrder(3)] IReadOnlyDictionary<string, string> Links) : SuccessBody;

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ApiIndex))]
internal sealed partial class ApiIndexJson : JsonSerializerContext;
