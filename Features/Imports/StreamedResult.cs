using System.Net.Mime;
using Microsoft.Net.Http.Headers;

namespace CrmImport.Features.Imports;

/// <summary>A body that is sent while it is made, part after part.</summary>
internal sealed class StreamedResult(string mediaType, IAsyncEnumerable<ReadOnlyMemory<byte>> parts) : IResult
{
    /// <summary>The name under which a browser saves it; null for none.</summary>
    public string? FileName { get; init; }

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = mediaType.StartsWith("application/vnd", StringComparison.Ordinal) ? mediaType : $"{mediaType}; charset=utf-8";
        if (FileName is not null)
        {
            var disposition = new ContentDispositionHeaderValue(DispositionTypeNames.Attachment);
            disposition.SetHttpFileName(FileName);
            response.Headers.ContentDisposition = disposition.ToString();
        }

        await foreach (var part in parts.WithCancellation(httpContext.RequestAborted))
        {
            await response.BodyWriter.WriteAsync(part, httpContext.RequestAborted);
        }
    }
}
