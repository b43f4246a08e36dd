using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CrmImport.Tests;

/// <summary>A request as bytes on a socket, for what a well-behaved HTTP client never sends.</summary>
internal sealed class RawRequest(string requestLine)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly StringBuilder head = new($"{requestLine} HTTP/1.1\r\nHost: {ServiceUnderTest.Url.Authority}\r\nConnection: close\r\n");
    private readonly List<byte> body = [];

    public RawRequest Header(string name, string value)
    {
        head.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        return this;
    }

    /// <summary>Bytes after the head; the headers that frame them are the caller's business.</summary>
    public RawRequest Body(byte[] bytes)
    {
        body.AddRange(bytes);
        return this;
    }

    public RawRequest Json(string json) =>
        Header("Content-Type", "application/json").Header("Content-Length", $"{Encoding.UTF8.GetByteCount(json)}").Body(Encoding.UTF8.GetBytes(json));

    public Task<ApiAnswer> SendAsync() => SendAsync(ServiceUnderTest.Url, [.. Encoding.Latin1.GetBytes($"{head}\r\n"), .. body]);

    /// <summary>Sends the bytes as they are; what comes until the server ends the connection is the answer.</summary>
    public static Task<ApiAnswer> SendAsync(Uri url, byte[] bytes) => SendAsync(url, (stream, cancellationToken) => stream.WriteAsync(bytes, cancellationToken).AsTask());

    /// <summary>The same, at the pace of whoever writes; it is stopped when the answer is there.</summary>
    public static async Task<ApiAnswer> SendAsync(Uri url, Func<NetworkStream, CancellationToken, Task> write)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var socket = new TcpClient();
        await socket.ConnectAsync(url.Host, url.Port, patience.Token);
        var stream = socket.GetStream();
        using var answered = CancellationTokenSource.CreateLinkedTokenSource(patience.Token);
        var writing = write(stream, answered.Token);

        using var answer = new MemoryStream();
        try
        {
            await stream.CopyToAsync(answer, patience.Token);
        }
        catch (IOException) when (answer.Length > 0)
        {
            // The server answered, and then ended a connection whose body was still to come.
        }

        await answered.CancelAsync();
        await writing.ContinueWith(_ => { }, TaskScheduler.Default); // what the server did not want to hear
        return Parse(answer.ToArray());
    }

    private static ApiAnswer Parse(byte[] answer)
    {
        var end = answer.AsSpan().IndexOf("\r\n\r\n"u8);
        var lines = Encoding.Latin1.GetString(answer, 0, end).Split("\r\n");
        var headers = lines[1..].Select(line => line.Split(": ", 2)).ToLookup(line => line[0], line => line[1])
            .ToDictionary(header => header.Key, header => string.Join(", ", header), StringComparer.OrdinalIgnoreCase);
        var payload = answer[(end + 4)..];
        return new ApiAnswer(
            (HttpStatusCode)int.Parse(lines[0].Split(' ')[1], CultureInfo.InvariantCulture),
            Encoding.UTF8.GetString(headers.GetValueOrDefault("Transfer-Encoding") == "chunked" ? Unchunk(payload) : payload),
            headers);
    }

    private static byte[] Unchunk(ReadOnlySpan<byte> chunked)
    {
        var whole = new List<byte>();
        while (!chunked.IsEmpty)
        {
            var line = chunked.IndexOf("\r\n"u8);
            var size = int.Parse(chunked[..line], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            whole.AddRange(chunked.Slice(line + 2, size));
            chunked = size == 0 ? [] : chunked[(line + 2 + size + 2)..];
        }

        return [.. whole];
    }
}
