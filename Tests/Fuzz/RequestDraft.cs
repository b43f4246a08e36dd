using System.Globalization;
using System.Text;

namespace CrmImport.Fuzz;

/// <summary>A request in the making. Texts of the head are sent a byte a character, so that a fault can put any byte there.</summary>
internal sealed class RequestDraft(Operation operation)
{
    public Operation Operation => operation;

    public string Method { get; set; } = operation.Method;

    /// <summary>The values of the path's parameters, as they appear in the URL.</summary>
    public Dictionary<string, string> PathValues { get; } = [];

    /// <summary>Before the path: the name of a database, or scheme and authority of the absolute form.</summary>
    public string Prefix { get; set; } = "";

    /// <summary>Names and values as they appear in the URL.</summary>
    public List<(string Name, string Value)> Query { get; } = [];

    public string Version { get; set; } = "HTTP/1.1";

    public List<(string Name, string Value)> Headers { get; } = [];

    public byte[]? Body { get; set; }

    public bool IsChunked { get; set; }

    /// <summary>What to do to the bytes last: it breaks the framing, and the server may then end the connection without an answer.</summary>
    public Func<byte[], byte[]>? Break { get; set; }

    /// <summary>The framing as the request states it, where a fault states another; null: as it is.</summary>
    public string? FramingHeaders { get; set; }

    public bool IsBroken => Break is not null || FramingHeaders is not null;

    public void SetHeader(string name, string value)
    {
        Headers.RemoveAll(header => header.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        Headers.Add((name, value));
    }

    public byte[] ToBytes()
    {
        var path = operation.Path.Split('/').Select(part => part.StartsWith('{') && PathValues.TryGetValue(part[1..^1], out var value) ? value : part);
        var head = new StringBuilder($"{Method} {Prefix}{string.Join('/', path)}");
        for (var i = 0; i < Query.Count; i++)
        {
            head.Append(i == 0 ? '?' : '&').Append(Query[i].Name).Append('=').Append(Query[i].Value);
        }

        head.Append(CultureInfo.InvariantCulture, $" {Version}\r\n");
        foreach (var (name, value) in Headers)
        {
            head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        }

        head.Append(FramingHeaders ?? (Body is null ? "" : IsChunked ? "Transfer-Encoding: chunked\r\n" : $"Content-Length: {Body.Length}\r\n"));
        byte[] bytes = [.. Encoding.Latin1.GetBytes($"{head}\r\n"), .. Body is null ? [] : IsChunked ? Chunked(Body) : Body];
        return Break?.Invoke(bytes) ?? bytes;
    }

    private static byte[] Chunked(byte[] body)
    {
        var pieces = body.Chunk(Math.Max(1, body.Length / 3)).SelectMany(piece => (byte[])[.. Encoding.ASCII.GetBytes($"{piece.Length:x}\r\n"), .. piece, .. "\r\n"u8]);
        return [.. pieces, .. "0\r\n\r\n"u8];
    }
}
