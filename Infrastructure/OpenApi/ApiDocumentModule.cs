using System.IO.Compression;
using System.Net.Mime;
using System.Security.Cryptography;
using Carter;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace CrmImport.Infrastructure.OpenApi;

/// <summary>The OpenAPI document: made once, at the first request, and sent from memory, compressed to those who take gzip: once, and not with every request as other answers are.</summary>
public sealed class ApiDocumentModule : ICarterModule
{
    private const string Gzip = "gzip";
    private const string Json = $"{MediaTypeNames.Application.Json}; charset=utf-8";

    private readonly Lock gate = new();
    private Task<Document>? document;

    // Not by a name in the path: the framework answers an unknown one in plain text.
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet(ApiDocument.DocumentPath, SendAsync).Open().WithoutCompression().ExcludeFromDescription();

    private async Task<FileContentHttpResult> SendAsync(HttpContext http, IServiceProvider services)
    {
        var (plain, compressed) = await ReadAsync(services);
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        http.Response.Headers.CacheControl = "no-cache"; // kept by browsers, and asked for anew with its tag
        if (!http.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == Gzip && coding.Quality is not 0))
        {
            return TypedResults.Bytes(plain.Bytes, Json, entityTag: plain.Tag);
        }

        http.Response.Headers.ContentEncoding = Gzip;
        return TypedResults.Bytes(compressed.Bytes, Json, entityTag: compressed.Tag);
    }

    private Task<Document> ReadAsync(IServiceProvider services)
    {
        lock (gate)
        {
            return document is { IsFaulted: false, IsCanceled: false } ? document : document = MakeAsync(services);
        }
    }

    private static async Task<Document> MakeAsync(IServiceProvider services)
    {
        var api = await services.GetRequiredKeyedService<IOpenApiDocumentProvider>(ApiDocument.DocumentName).GetOpenApiDocumentAsync();
        using var plain = new MemoryStream();
        await api.SerializeAsJsonAsync(plain, OpenApiSpecVersion.OpenApi3_1);
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            await gzip.WriteAsync(plain.ToArray());
        }

        return new Document(Representation.Of(plain.ToArray()), Representation.Of(compressed.ToArray()));
    }

    private sealed record Document(Representation Plain, Representation Compressed);

    private sealed record Representation(byte[] Bytes, EntityTagHeaderValue Tag)
    {
        public static Representation Of(byte[] bytes) => new(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\""));
    }
}
