using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.RegularExpressions;

namespace CrmImport.Fuzz;

/// <summary>Reads HTTP/1.1 answers from a stream, strictly. What is no HTTP is a <see cref="FormatException"/>, the end of the stream an <see cref="EndOfStreamException"/>.</summary>
internal sealed partial class AnswerReader(Stream stream)
{
    private const int MaxLine = 100_000;

    private readonly byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;

    /// <summary>Bytes that came behind the last answer.</summary>
    public int Left => end - start;

    /// <summary>Whether anything of the present answer came.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>The status of the present answer, 0 before it came.</summary>
    public int Status { get; private set; }

    public async Task<RawAnswer> ReadAsync(bool isHead, CancellationToken cancellationToken)
    {
        (HasBegun, Status) = (Left > 0, 0);
        while (true)
        {
            var line = await ReadLineAsync(cancellationToken);
            Status = StatusLine().Match(line) is { Success: true } match ? int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new FormatException($"status line {line}");
            var headers = await ReadHeadersAsync(cancellationToken);
            if (Status is >= 200 or 101)
            {
                var head = new RawAnswer(Status, headers, []);
                return isHead || Status is 204 or 304 or 101 ? head : head with { Body = Unpack(head, await ReadBodyAsync(head, cancellationToken)) };
            }
        }
    }

    private async Task<List<(string, string)>> ReadHeadersAsync(CancellationToken cancellationToken)
    {
        var headers = new List<(string, string)>();
        for (var line = await ReadLineAsync(cancellationToken); line.Length > 0; line = await ReadLineAsync(cancellationToken))
        {
            var match = HeaderLine().Match(line);
            headers.Add(match.Success ? (match.Groups[1].Value, match.Groups[2].Value) : throw new FormatException($"header line {line}"));
        }

        return headers;
    }

    private async Task<byte[]> ReadBodyAsync(RawAnswer head, CancellationToken cancellationToken)
    {
        var body = new MemoryStream();
        if (head.Is("Transfer-Encoding", "chunked"))
        {
            while (true)
            {
                var line = await ReadLineAsync(cancellationToken);
                var size = int.TryParse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) && number >= 0 ? number : throw new FormatException($"chunk size {line}");
                await CopyAsync(body, size, cancellationToken);
                if ((await ReadLineAsync(cancellationToken)).Length > 0)
                {
                    throw new FormatException("a chunk is longer than its size, or there is a trailer");
                }

                if (size == 0)
                {
                    return body.ToArray();
                }
            }
        }

        if (head.Header("Content-Length") is { } length)
        {
            await CopyAsync(body, int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"Content-Length {length}"), cancellationToken);
            return body.ToArray();
        }

        if (!head.Closes)
        {
            throw new FormatException("neither Content-Length nor Transfer-Encoding nor Connection: close");
        }

        while (Left > 0 || await FillAsync(cancellationToken))
        {
            await CopyAsync(body, Left, cancellationToken);
        }

        return body.ToArray();
    }

    private static byte[] Unpack(RawAnswer head, byte[] body)
    {
        if (head.Header("Content-Encoding") is not { } encoding)
        {
            return body;
        }

        try
        {
            using var unpacked = encoding switch
            {
                "br" => (Stream)new BrotliStream(new MemoryStream(body), CompressionMode.Decompress),
                "gzip" => new GZipStream(new MemoryStream(body), CompressionMode.Decompress),
                _ => throw new FormatException($"Content-Encoding {encoding}"),
            };
            var plain = new MemoryStream();
            unpacked.CopyTo(plain);
            return plain.ToArray();
        }
        catch (InvalidDataException)
        {
            throw new FormatException($"a body that is not {encoding}");
        }
    }

    private async Task<string> ReadLineAsync(CancellationToken cancellationToken)
    {
        var line = new List<byte>();
        while (line.Count < MaxLine)
        {
            var at = buffer.AsSpan(start, Left).IndexOf((byte)'\n');
            line.AddRange(buffer.AsSpan(start, at < 0 ? Left : at + 1));
            start = at < 0 ? end : start + at + 1;
            if (at >= 0)
            {
                return line.Count > 1 && line[^2] == '\r' ? Encoding.Latin1.GetString([.. line[..^2]]) : throw new FormatException("a line that ends without CR");
            }

            await FillOrThrowAsync(cancellationToken);
        }

        throw new FormatException("a line without end");
    }

    private async Task CopyAsync(MemoryStream body, int count, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            if (Left == 0)
            {
                await FillOrThrowAsync(cancellationToken);
            }

            var piece = Math.Min(count, Left);
            body.Write(buffer, start, piece);
            (start, count) = (start + piece, count - piece);
        }
    }

    private async Task FillOrThrowAsync(CancellationToken cancellationToken)
    {
        if (!await FillAsync(cancellationToken))
        {
            throw new EndOfStreamException();
        }
    }

    private async Task<bool> FillAsync(CancellationToken cancellationToken)
    {
        (start, end) = (0, await stream.ReadAsync(buffer, cancellationToken));
        HasBegun |= end > 0;
        return end > 0;
    }

    [GeneratedRegex("^HTTP/1\\.1 ([1-5][0-9][0-9]) [ -~]*$")]
    private static partial Regex StatusLine();

    [GeneratedRegex("^([!#$%&'*+.^_`|~0-9A-Za-z-]+): ?([\\t -~\\x80-\\xff]*)$")]
    private static partial Regex HeaderLine();
}
