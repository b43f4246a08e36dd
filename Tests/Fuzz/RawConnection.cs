using System.Net.Sockets;

namespace CrmImport.Fuzz;

/// <summary>A connection that is kept open from request to request, and made anew when the server ended it or its framing is lost.</summary>
internal sealed class RawConnection(Uri url) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private TcpClient? client;
    private AnswerReader? reader;

    /// <summary>Sends the bytes and reads the answer. Null in place of the answer, and why, if there is none.</summary>
    public async Task<(RawAnswer? Answer, string Trouble)> SendAsync(byte[] bytes, bool isHead, bool isBroken)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            if (client is null)
            {
                client = new TcpClient { NoDelay = true };
                await client.ConnectAsync(url.Host, url.Port, patience.Token);
                reader = new AnswerReader(client.GetStream());
            }

            var writing = WriteAsync(client, bytes, isBroken, patience.Token); // a server may answer before it has read all
            var answer = await reader!.ReadAsync(isHead, patience.Token);
            if (isBroken || answer.Closes)
            {
                Close();
                return (answer, "");
            }

            await writing;
            return (answer, reader.Left > 0 ? "bytes behind the answer" : "");
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or FormatException or ObjectDisposedException)
        {
            var trouble = exception switch
            {
                OperationCanceledException => "no answer in 30 s",
                FormatException => $"no HTTP: {exception.Message}",
                _ => reader?.HasBegun == true ? $"connection ended within the answer, status {reader.Status}" : "connection ended without an answer",
            };
            Close();
            return (null, trouble);
        }
    }

    public void Dispose() => Close();

    private static async Task WriteAsync(TcpClient client, byte[] bytes, bool isLast, CancellationToken cancellationToken)
    {
        try
        {
            await client.GetStream().WriteAsync(bytes, cancellationToken);
            if (isLast)
            {
                client.Client.Shutdown(SocketShutdown.Send); // or a server that expects more waits for it
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // the server did not want to hear the rest; whether it answered, the reader finds out
        }
    }

    private void Close()
    {
        client?.Dispose();
        client = null;
    }
}
