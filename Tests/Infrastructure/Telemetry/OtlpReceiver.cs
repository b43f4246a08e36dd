using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CrmImport.Tests.Infrastructure.Telemetry;

/// <summary>A collector: takes OTLP over HTTP and keeps what came, by signal.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<(string Signal, byte[] Body)> received = new();
    private readonly WebApplication app;

    private OtlpReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        app = builder.Build();
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            received.Enqueue((http.Request.Path.Value!.Split('/')[^1], body.ToArray()));
            http.Response.ContentType = "application/x-protobuf";
        });
    }

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var receiver = new OtlpReceiver();
        await receiver.app.StartAsync();
        return receiver;
    }

    public string[] Signals => [.. received.Select(message => message.Signal).Distinct().Order()];

    /// <summary>All that came of a signal (<c>traces</c>, <c>metrics</c>, <c>logs</c>), the texts in it legible.</summary>
    public string Text(string signal) => string.Concat(Bodies(signal).Select(Encoding.UTF8.GetString));

    public IReadOnlyList<OtlpSpan> Spans => [.. Bodies("traces").SelectMany(OtlpSpan.ReadAll)];

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private IEnumerable<byte[]> Bodies(string signal) => received.Where(message => message.Signal == signal).Select(message => message.Body);
}
