using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using CrmImport.Features.EditClient;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Patches;
using CrmImport.Infrastructure.Tenancy;
using CrmImport.Infrastructure.Writes;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace CrmImport.Tests.Features.EditClient;

/// <summary>A wire to PostgreSQL that breaks at the first commit: before the server hears it, or after it has answered.</summary>
internal sealed class CommitCutter : IAsyncDisposable
{
    private static readonly byte[] Commit = Encoding.ASCII.GetBytes("COMMIT\0");

    private readonly NpgsqlConnectionStringBuilder server;
    private readonly bool forwardsCommit;
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;
    private int commits;

    public CommitCutter(string connectionString, bool forwardsCommit)
    {
        server = new(connectionString);
        this.forwardsCommit = forwardsCommit;
        listener.Start();
        accepting = AcceptAsync();
    }

    /// <summary>The commits that were sent; the first was cut.</summary>
    public int Commits => commits;

    /// <summary>The same database, reached over this wire.</summary>
    public Tenant OpenTenant(Tenant tenant)
    {
        var settings = new NpgsqlConnectionStringBuilder(DatabaseSettings.WithDefaults(server.ToString())) { Host = "127.0.0.1", Port = ((IPEndPoint)listener.LocalEndpoint).Port, SslMode = SslMode.Disable, GssEncryptionMode = GssEncryptionMode.Disable };
        return new Tenant(tenant.Name, NpgsqlDataSource.Create(settings), NpgsqlDataSource.Create(settings), tenant.Keys, NullLogger.Instance);
    }

    public static Task<Answer<WriteAnswer>> EditClientAsync(Tenant tenant, string clientRef, string name)
    {
        var caller = new Caller(1, "TEST", "Test", 10, 1, "operator", [], Guid.Empty, new CallOrigin("127.0.0.1", "PATCH", "/test", Guid.NewGuid().ToString("N")));
        var edit = new RecordEdit(RecordEditMode.Patch, [clientRef], null, Patch.Of(new JsonObject { ["name"] = name }).Value, WriteDemands.None);
        return ServiceUnderTest.Services.GetRequiredService<IMediator>().Send(new EditClientCommand(tenant, caller, edit));
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
        using (var upstream = await ConnectAsync())
        {
            await Task.WhenAny(UpAsync(client, upstream), PumpAsync(upstream, client));
        }
    }

    private async Task<Socket> ConnectAsync()
    {
        var isLocal = server.Host!.StartsWith('/');
        var socket = isLocal ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(isLocal ? new UnixDomainSocketEndPoint($"{server.Host}/.s.PGSQL.{server.Port}") : new DnsEndPoint(server.Host, server.Port), stopping.Token);
        return socket;
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await from.ReceiveAsync(buffer, stopping.Token)) > 0;)
        {
            await to.SendAsync(buffer.AsMemory(0, read), stopping.Token);
        }
    }

    // Returning closes both ends: the answer to the commit never comes.
    private async Task UpAsync(Socket client, Socket upstream)
    {
        var buffer = new byte[64 * 1024];
        for (int read; (read = await client.ReceiveAsync(buffer, stopping.Token)) > 0;)
        {
            var isCut = buffer.AsSpan(0, read).IndexOf(Commit) >= 0 && Interlocked.Increment(ref commits) == 1;
            if (isCut)
            {
                client.Shutdown(SocketShutdown.Both);
            }

            if (!isCut || forwardsCommit)
            {
                await upstream.SendAsync(buffer.AsMemory(0, read), stopping.Token);
            }

            if (isCut)
            {
                return;
            }
        }
    }
}
