using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Tests.Running;

/// <summary>The wire between the service and its database, on loopback: it can be cut (nobody answers), hang (nothing passes, nothing breaks) and be mended.</summary>
internal sealed class Wire : IAsyncDisposable
{
    private readonly NpgsqlConnectionStringBuilder server;
    private readonly Func<ReadOnlyMemory<byte>, Passage> up;
    private readonly CancellationTokenSource stopping = new();
    private readonly ConcurrentDictionary<Socket, bool> sockets = [];
    private TaskCompletionSource flowing = new();
    private TcpListener listener = new(IPAddress.Loopback, 0);
    private bool isCut;
    private Task accepting;

    /// <param name="connectionString">The database at the other end.</param>
    /// <param name="up">What becomes of each piece the service sends; null: all of it passes.</param>
    public Wire(string connectionString, Func<ReadOnlyMemory<byte>, Passage>? up = null)
    {
        server = new(DatabaseSettings.WithDefaults(connectionString));
        this.up = up ?? (static _ => Passage.Free);
        flowing.SetResult();
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        accepting = AcceptAsync();
    }

    /// <summary>What becomes of a piece: it passes, it passes and the wire breaks before the answer, or it is lost with the wire.</summary>
    public enum Passage
    {
        Free,
        FreeThenCut,
        Lost,
    }

    private int Port { get; }

    /// <summary>The same database, reached over this wire.</summary>
    public string ConnectionString => new NpgsqlConnectionStringBuilder(server.ToString())
    {
        Host = "127.0.0.1",
        Port = Port,
        SslMode = SslMode.Disable,
        GssEncryptionMode = GssEncryptionMode.Disable,
    }.ToString();

    public void Cut()
    {
        isCut = true;
        listener.Stop();
        foreach (var socket in sockets.Keys)
        {
            socket.Dispose();
        }
    }

    public void Hang() => flowing = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        flowing.TrySetResult();
        if (isCut)
        {
            isCut = false;
            listener = new(IPAddress.Loopback, Port);
            listener.Start();
            accepting = AcceptAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Cut();
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
        sockets[client] = true;
        using (client)
        using (var upstream = await ConnectAsync())
        {
            await Task.WhenAny(UpAsync(client, upstream), DownAsync(upstream, client));
        }

        sockets.TryRemove(client, out _);
    }

    private async Task<Socket> ConnectAsync()
    {
        var isLocal = server.Host!.StartsWith('/');
        var socket = isLocal ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(isLocal ? new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}") : new DnsEndPoint(server.Host, server.Port), stopping.Token);
        return socket;
    }

    private async Task DownAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReceiveAsync(buffer, stopping.Token)) > 0;)
        {
            await flowing.Task.WaitAsync(stopping.Token);
            await to.SendAsync(buffer.AsMemory(0, read), stopping.Token);
        }
    }

    // Returning closes both ends: the answer never comes.
    private async Task UpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReceiveAsync(buffer, stopping.Token)) > 0;)
        {
            await flowing.Task.WaitAsync(stopping.Token);
            var passage = up(buffer.AsMemory(0, read));
            if (passage != Passage.Free)
            {
                from.Shutdown(SocketShutdown.Both);
            }

            if (passage != Passage.Lost)
            {
                await to.SendAsync(buffer.AsMemory(0, read), stopping.Token);
            }

            if (passage != Passage.Free)
            {
                return;
            }
        }
    }
}
