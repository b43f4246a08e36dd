namespace CrmImport.Infrastructure.Http;

/// <summary>The route's answers are sent as they are: they hold a secret, or are compressed already.</summary>
internal sealed record Uncompressed;

internal static class UncompressedRoutes
{
    public static RouteHandlerBuilder WithoutCompression(this RouteHandlerBuilder builder) => builder.WithMetadata(new Uncompressed());
}
