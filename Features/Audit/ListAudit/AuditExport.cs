using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace CrmImport.Features.Audit.ListAudit;

/// <summary>
/// Sends every entry that matches, as lines of JSON or CSV (RFC 4180), a thousand at a time: neither the service nor a transaction holds them all. What fails
/// on the way breaks the connection off, so that half an export never passes for a whole one.
/// </summary>
internal sealed class AuditExport(AuditFormat format, AuditPart first, Func<long, Task<AuditPart>> readAfter) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.ContentType = format.ContentType;
        response.Headers.ContentDisposition = $"attachment; filename=\"{format.FileName}\"";
        Encoding.UTF8.GetBytes(format.Header, response.BodyWriter);
        for (var part = first; ; part = await readAfter(part.Items[^1].Id))
        {
            foreach (var entry in part.Items)
            {
                format.Write(response.BodyWriter, entry);
            }

            // Waits until the caller has taken most of it.
            var flushed = await response.BodyWriter.FlushAsync(httpContext.RequestAborted);
            if (!part.HasMore || flushed.IsCompleted)
            {
                return;
            }
        }
    }
}

/// <summary>How an export has the entries.</summary>
internal sealed partial record AuditFormat(string ContentType, string FileName, string Header, Action<IBufferWriter<byte>, AuditEntry> Write)
{
    public const string Lines = "application/x-ndjson";
    public const string Csv = "text/csv";

    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",;\r\n");

    private static readonly string[] Names =
    [
        "id", "at", "account", "kind", "address", "method", "route", "status", "outcome", "recordType", "clientRef", "contactRef", "locationRef", "recordRef", "changes", "importId", "traceId",
    ];

    /// <summary>What the caller likes best of what there is; null for pages of JSON, which also answer whatever else is accepted.</summary>
    public static AuditFormat? Of(HttpRequest request) =>
        request.GetTypedHeaders().Accept
            .Where(accepted => accepted.Quality is not 0)
            .OrderByDescending(accepted => accepted.Quality ?? 1)
            .Select(accepted => accepted.MediaType.Value?.ToLowerInvariant())
            .FirstOrDefault(accepted => accepted is Lines or Csv or "application/json" or "application/*" or "*/*") switch
        {
            Lines => new AuditFormat(Lines, "audit.ndjson", "", WriteLine),
            Csv => new AuditFormat($"{Csv}; charset=utf-8; header=present", "audit.csv", string.Join(',', Names) + "\r\n", WriteRow),
            _ => null,
        };

    private static void WriteLine(IBufferWriter<byte> body, AuditEntry entry)
    {
        using (var json = new Utf8JsonWriter(body))
        {
            JsonSerializer.Serialize(json, entry, AuditJson.Default.AuditEntry);
        }

        body.Write("\n"u8);
    }

    private static void WriteRow(IBufferWriter<byte> body, AuditEntry entry)
    {
        string?[] cells =
        [
            entry.Id.ToString(CultureInfo.InvariantCulture), JsonSerializer.Serialize(entry.At, AuditJson.Default.DateTime).Trim('"'), entry.Account, entry.Kind, entry.Address, entry.Method, entry.Route,
            entry.Status.ToString(CultureInfo.InvariantCulture), entry.Outcome, entry.RecordType, entry.ClientRef, entry.ContactRef, entry.LocationRef, entry.RecordRef,
            entry.Changes?.GetRawText(), entry.ImportId?.ToString(), entry.TraceId,
        ];
        Encoding.UTF8.GetBytes(string.Join(',', cells.Select(Cell)) + "\r\n", body);
    }

    private static string Cell(string? text)
    {
        var safe = Formula().Replace(text ?? "", "$1'");
        return safe.AsSpan().ContainsAny(Quoted) ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    // What spreadsheets run where a cell begins with it, full width too. Where they separate cells by semicolons, as in most of Europe, a cell begins behind one.
    [GeneratedRegex("(^|;)(?=[=+\\-@\\t\\r＝＋－＠])")]
    private static partial Regex Formula();
}
