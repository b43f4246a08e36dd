using System.Text.Json.Serialization;
using CrmImport.Infrastructure.Answers;

namespace CrmImport.Features.Sessions;

/// <summary>What the service knows of OAuth 2.0: one grant, at one address; and <c>GET /.well-known/oauth-authorization-server</c>, which says so to OAuth libraries (RFC 8414).</summary>
internal static class OAuth
{
    public const string TokenPath = "/oauth/token";
    public const string MetadataPath = "/.well-known/oauth-authorization-server";
    public const string GrantType = "client_credentials";

    public static void DescribeMetadata(RouteHandlerBuilder route) => route
        .WithName("ReadTokenMetadata")
        .WithSummary("Read how tokens are issued")
        .WithDescription("The authorization server's metadata (RFC 8414), for OAuth libraries.")
        .Produces<TokenMetadata>();

    public static IResult ReadMetadata(HttpRequest request)
    {
        var issuer = $"{request.Scheme}://{request.Host}";
        return ReadableJson.ToResult(
            new TokenMetadata(issuer, issuer + TokenPath, ["client_secret_basic", "client_secret_post"], [GrantType], [], $"{issuer}/docs"), TokenMetadataJson.Default.TokenMetadata);
    }
}

/// <summary>RFC 8414 §2, as far as it concerns client credentials.</summary>
internal sealed record TokenMetadata(
    [property: JsonPropertyName("issuer")] string Issuer,
    [property: JsonPropertyName("token_endpoint")] string TokenEndpoint,
    [property: JsonPropertyName("token_endpoint_auth_methods_supported")] IReadOnlyList<string> Methods,
    [property: JsonPropertyName("grant_types_supported")] IReadOnlyList<string> GrantTypes,
    [property: JsonPropertyName("response_types_supported")] IReadOnlyList<string> ResponseTypes,
    [property: JsonPropertyName("service_documentation")] string Documentation);

[JsonSerializable(typeof(TokenMetadata))]
internal sealed partial class TokenMetadataJson : JsonSerializerContext;
