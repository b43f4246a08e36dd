using CrmImport.Infrastructure.Http;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Which answers are compressed (br, gzip) for a caller that takes it: those that are long enough to gain by it, and hold no secret.</summary>
internal sealed class Compression(IServiceProvider services, IOptions<ResponseCompressionOptions> options) : ResponseCompressionProvider(services, options)
{
    private const int MinBytes = 1024;

    // The length of compressed text tells what in it is alike (BREACH): a secret must not be in one text with what somebody else may choose. Tokens and keys are answered by
    // a few routes, which say so. An ETag stays the same either way: it names the record's version, and If-Match takes it back.
    public override bool ShouldCompressResponse(HttpContext context) =>
        context.Response.ContentLength is null or > MinBytes
        && context.GetEndpoint()?.Metadata.GetMetadata<Uncompressed>() is null
        && base.ShouldCompressResponse(context);
}

internal static class CompressionRegistration
{
    public static void AddCompression(this IServiceCollection services)
    {
        services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/x-ndjson", "text/csv"];
        });
        services.AddSingleton<IResponseCompressionProvider, Compression>();
    }
}
