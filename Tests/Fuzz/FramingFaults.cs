using System.Text;

namespace CrmImport.Fuzz;

/// <summary>Faults of the HTTP framing, after which a server may end the connection without an answer.</summary>
internal static class FramingFaults
{
    private static readonly string[] Lengths = ["+5", "-1", "0x5", "5, 5", "5, 6", "", " ", "99999999999999999999", "5.0", "٥", "1e1"];

    private static readonly string[] Chunks = ["zz\r\nabc\r\n0\r\n\r\n", "3\r\nabcd\r\n0\r\n\r\n", "3\r\nabc", "3\nabc\n0\n\n", "-1\r\n\r\n", "fffffffff\r\nabc", "3;x=y\r\nabc\r\n0\r\nX: y\r\n\r\n", "\r\n\r\n", "0x3\r\nabc\r\n0\r\n\r\n"];

    private static readonly string[] HeaderLines = ["X : y\r\n", " folded: x\r\n", "X\r\n", "X: a\rb\r\n", "X: a\0b\r\n", ": x\r\n", "X: y\n", "Host: second.example\r\n", "X: \u00ff\u00fe\r\n", "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: xchunked\r\n", "\u00e9: 1\r\n"];

    public static IReadOnlyList<Fault> All { get; } =
    [
        (draft, random) => draft.FramingHeaders = $"Content-Length: {Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(random.Pick(Lengths)))}\r\n",
        (draft, random) => draft.FramingHeaders = $"Content-Length: {(draft.Body?.Length ?? 0) + random.Next(1, 20)}\r\n",
        (draft, random) => draft.FramingHeaders = $"Content-Length: {Math.Max(0, (draft.Body?.Length ?? 0) - random.Next(1, 20))}\r\n",
        (draft, _) => draft.FramingHeaders = "Content-Length: 5\r\nContent-Length: 6\r\n",
        (draft, _) => draft.FramingHeaders = $"Content-Length: {draft.Body?.Length ?? 0}\r\nTransfer-Encoding: chunked\r\n",
        BadChunk,
        BadChunk,
        (draft, random) => draft.FramingHeaders = random.Pick(HeaderLines),
        (draft, random) => draft.FramingHeaders = random.Pick(HeaderLines),
        (draft, random) => draft.FramingHeaders = $"X-Huge: {new string('x', random.Pick([8_000, 33_000, 70_000]))}\r\n",
        (draft, random) => draft.FramingHeaders = string.Concat(Enumerable.Range(0, random.Next(50, 200)).Select(i => $"X-{i}: y\r\n")),
        (draft, random) => (draft.Break, _) = (bytes => bytes, draft.Prefix = $"/{new string('a', random.Pick([8_000, 9_000, 40_000]))}"),
        (draft, random) => (draft.Break, _) = (bytes => bytes, draft.Headers.RemoveAll(header => header.Name == "Host")),
        (draft, random) => (draft.Break, _) = (bytes => bytes, draft.Version = random.Pick(["HTTP/3", "HTTP/1", "http/1.1", "", "HTCPCP/1.0", "HTTP/1.1 x"])),
        (draft, random) => draft.Break = bytes => bytes[..random.Next(bytes.Length)],
        (draft, random) => draft.Break = bytes => Flip(bytes, random),
        (draft, _) => draft.Break = _ => [0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3],
        (draft, _) => draft.Break = _ => [.. "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8],
    ];

    private static void BadChunk(RequestDraft draft, Random random)
    {
        draft.IsChunked = false;
        draft.Body = Encoding.UTF8.GetBytes(random.Pick(Chunks));
        draft.FramingHeaders = "Transfer-Encoding: chunked\r\n";
    }

    private static byte[] Flip(byte[] bytes, Random random)
    {
        for (var i = random.Next(1, 4); i > 0 && bytes.Length > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        return bytes;
    }
}
