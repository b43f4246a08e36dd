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

    // Not by a name in the path: the framework answers an unknown one in plain text.
    public void AddRoutes(IEndpointRouteBuilder app) => app.MapGet(ApiDocument.DocumentPath, SendAsync).Open().WithoutCompression().ExcludeFromDescription();

    private static async Task<FileContentHttpResult> SendAsync(HttpContext http, GeneralDocument document)
    {
        var (plain, compressed) = await document.ReadAsync();
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        http.Response.Headers.CacheControl = "no-cache"; // kept by browsers, and asked for anew with its tag
        if (!http.Request.GetTypedHeaders().AcceptEncoding.Any(coding => coding.Value == Gzip && coding.Quality is not 0))
        {
            return TypedResults.Bytes(plain.Bytes, Json, entityTag: plain.Tag);
        }

        http.Response.Headers.ContentEncoding = Gzip;
        return TypedResults.Bytes(compressed.Bytes, Json, entityTag: compressed.Tag);
    }
}

/// <summary>The OpenAPI document that is the same for every database, made at the first request for it.</summary>
internal sealed class GeneralDocument([FromKeyedServices(ApiDocument.DocumentName)] IOpenApiDocumentProvider provider)
{
    private readonly Lock gate = new();
    private Task<Representations>? document;

    public Task<Representations> ReadAsync()
    {
        lock (gate)
        {
            return document is { IsFaulted: false, IsCanceled: false } ? document : document = MakeAsync();
        }
    }

    private async Task<Representations> MakeAsync()
    {
        var api = await provider.GetOpenApiDocumentAsync();
        using var plain = new MemoryStream();
        await api.SerializeAsJsonAsync(plain, OpenApiSpecVersion.OpenApi3_1);
        using var compressed = new MemoryStream();
        await using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            await gzip.WriteAsync(plain.ToArray());
        }

        return new Representations(Representation.Of(plain.ToArray()), Representation.Of(compressed.ToArray()));
    }

    public sealed record Representations(Representation Plain, Representation Compressed);

    /// <summary>The document's bytes, and the tag by which a caller asks whether it has them.</summary>
    public sealed record Representation(byte[] Bytes, EntityTagHeaderValue Tag)
    {
        public static Representation Of(byte[] bytes) => new(bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..8])}\""));
    }
}
