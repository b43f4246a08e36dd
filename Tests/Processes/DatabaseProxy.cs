using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace CrmImport.Processes;

/// <summary>A TCP proxy on loopback, between the service and PostgreSQL, that injects faults: it disconnects, hangs, or breaks one connection exactly around a commit. The connection to the server is not encrypted.</summary>
internal sealed class DatabaseProxy : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<Socket, bool> clients = [];
    private readonly int port;
    private TaskCompletionSource flowing = new();
    private TcpListener listener = new(IPAddress.Loopback, 0);
    private bool isDisconnected;
    private Task accepting;
    private CommitCut? nextCut;
    private int commits;

    /// <param name="connectionString">The database behind the proxy.</param>
    public DatabaseProxy(string connectionString)
    {
        server = new(connectionString);
        flowing.SetResult();
        listener.Start();
        port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>The same database, through the proxy.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(server.ToString())
    {
        Host = "127.0.0.1",
        Port = port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ToString();

    /// <summary>The commits that clients have sent, including one that was cut.</summary>
    public int Commits => commits;

    /// <summary>Breaks every connection and refuses new ones.</summary>
    public void Disconnect()
    {
        isDisconnected = true;
        listener.Stop();
        foreach (var client in clients.Keys)
        {
            client.Dispose();
        }
    }

    /// <summary>Forwards nothing and breaks nothing.</summary>
    public void Hang() => flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Works again after <see cref="Disconnect"/> or <see cref="Hang"/>.</summary>
    public void Restore()
    {
        flowing.TrySetResult();
        if (isDisconnected)
        {
            isDisconnected = false;
            listener = new(IPAddress.Loopback, port);
            listener.Start();
            accepting = AcceptAsync();
        }
    }

    /// <summary>Breaks the connection that sends the next commit; completes once that has happened.</summary>
    public Task CutNextCommitAsync(CutPoint point)
    {
        var cut = new CommitCut(point);
        Interlocked.Exchange(ref nextCut, cut);
        return cut.Done.Task;
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Disconnect();
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
        clients[client] = true;
        try
        {
            using (client)
            using (var upstream = await ConnectAsync())
            {
                client.NoDelay = true;
                await using var fromClient = new NetworkStream(client);
                await using var toServer = new NetworkStream(upstream);
                await new ProxiedConnection(fromClient, toServer, () => flowing.Task, OnCommit).RelayAsync(stopping.Token);
            }
        }
        catch (Exception exception) when (exception is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // either end closed its connection: the other is closed too
        }

        clients.TryRemove(client, out _);
    }

    private CommitCut? OnCommit()
    {
        Interlocked.Increment(ref commits);
        return Interlocked.Exchange(ref nextCut, null);
    }

    private async Task<Socket> ConnectAsync()
    {
        var isLocal = server.Host!.StartsWith('/');
        var socket = isLocal ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(isLocal ? new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}") : new DnsEndPoint(server.Host, server.Port), stopping.Token);
        return socket;
    }
}
