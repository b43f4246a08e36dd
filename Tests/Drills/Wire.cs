using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace CrmImport.Drills;

/// <summary>Where a connection is cut: before PostgreSQL hears of the commit, in the middle of telling it, when it has been told, or when it has answered.</summary>
internal enum Cut
{
    Before,
    Within,
    After,
    Answered,
}

/// <summary>A wire between the service and PostgreSQL that understands as much of the protocol as it takes to break exactly around a commit.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private Order? order;

    public Wire(string connectionString)
    {
        server = new(connectionString);
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The same database, reached over this wire.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(server.ToString())
    {
        Host = "127.0.0.1",
        Port = ((IPEndPoint)listener.LocalEndpoint).Port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ToString();

    /// <summary>Cuts the connection that next commits; completes when that is done.</summary>
    public Task CutNextAsync(Cut cut)
    {
        var next = new Order(cut, new(TaskCreationOptions.RunContinuationsAsynchronously));
        Interlocked.Exchange(ref order, next);
        return next.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await listener.AcceptSocketAsync(stopping.Token);
            _ = RelayAsync(client);
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using (client)
        using (var upstream = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            try
            {
                client.NoDelay = true;
                await upstream.ConnectAsync(new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.5432"), stopping.Token);
                await using var down = new NetworkStream(client);
                await using var up = new NetworkStream(upstream);
                var link = new Link(down, up, () => Interlocked.Exchange(ref order, null));
                await Task.WhenAny(link.UpAsync(stopping.Token), link.DownAsync(stopping.Token)).Unwrap();
            }
            catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException)
            {
                // one end went: so does the other
            }
        }
    }

    /// <summary>What to cut, and whom to tell.</summary>
    private sealed record Order(Cut Cut, TaskCompletionSource Done);

    /// <summary>One connection, both ways.</summary>
    private sealed class Link(Stream client, Stream upstream, Func<Order?> takeOrder)
    {
        private const string Storing = "insert into audit_entry"; // what a statement that commits by itself has in it

        private readonly HashSet<string> storing = []; // prepared statements
        private TaskCompletionSource? answered;

        /// <summary>Message by message, flushed where the server is asked for an answer. Returning cuts both ends.</summary>
        public async Task UpAsync(CancellationToken cancellationToken)
        {
            var from = new BufferedStream(client, 64 * 1024);
            var unsent = new MemoryStream();
            await CopyMessageAsync(from, unsent, hasType: false, cancellationToken);
            for (var commits = false; ;)
            {
                if (unsent.Length > 0)
                {
                    await upstream.WriteAsync(unsent.GetBuffer().AsMemory(0, (int)unsent.Length), cancellationToken);
                    unsent.SetLength(0);
                }

                for (var isAsked = false; !isAsked;)
                {
                    var (type, body) = await CopyMessageAsync(from, unsent, hasType: true, cancellationToken);
                    commits |= Commits(type, body);
                    isAsked = type is 'S' or 'Q' or 'H' or 'X' or 'p';
                }

                if (commits && takeOrder() is { } order)
                {
                    await CutAsync(order.Cut, unsent, cancellationToken);
                    order.Done.SetResult();
                    return;
                }

                commits = false;
            }
        }

        public async Task DownAsync(CancellationToken cancellationToken)
        {
            var buffer = new byte[64 * 1024];
            for (int read; (read = await upstream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                if (answered is not null)
                {
                    answered.TrySetResult();
                    await new TaskCompletionSource().Task.WaitAsync(cancellationToken); // the other direction ends it
                }

                await client.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            }
        }

        private async Task CutAsync(Cut cut, MemoryStream unsent, CancellationToken cancellationToken)
        {
            if (cut == Cut.Before)
            {
                return;
            }

            answered = cut == Cut.Answered ? new(TaskCreationOptions.RunContinuationsAsynchronously) : null;
            var length = cut == Cut.Within ? (int)unsent.Length / 2 : (int)unsent.Length;
            await upstream.WriteAsync(unsent.GetBuffer().AsMemory(0, length), cancellationToken);
            if (answered is not null)
            {
                await answered.Task.WaitAsync(cancellationToken);
            }
        }

        // Parse and Bind name their statement, Bind after the portal; a simple query is its text.
        private bool Commits(char type, byte[] body)
        {
            var texts = type is 'P' or 'B' or 'Q' ? Encoding.Latin1.GetString(body).Split('\0', 3) : [];
            if (type == 'P')
            {
                _ = texts[1].Contains(Storing, StringComparison.Ordinal) ? storing.Add(texts[0]) : storing.Remove(texts[0]);
            }

            return type switch
            {
                'B' => storing.Contains(texts[1]),
                'Q' => texts[0] == "COMMIT",
                _ => false,
            };
        }

        private static async Task<(char Type, byte[] Body)> CopyMessageAsync(Stream from, MemoryStream to, bool hasType, CancellationToken cancellationToken)
        {
            var head = new byte[hasType ? 5 : 4];
            await from.ReadExactlyAsync(head, cancellationToken);
            var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(head.Length - 4)) - 4];
            await from.ReadExactlyAsync(body, cancellationToken);
            to.Write(head);
            to.Write(body);
            return (hasType ? (char)head[0] : '\0', body);
        }
    }
}
