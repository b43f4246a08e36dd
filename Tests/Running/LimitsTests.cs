using System.Net;
using System.Net.Sockets;
using System.Text;

namespace CrmImport.Tests.Running;

/// <summary>Limits of time and of connections, by a service whose limits are short.</summary>
public sealed class LimitsTests
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private static TestDatabase Database => ServiceUnderTest.A;

    [Test]
    public async Task Headers_and_bodies_that_trickle_are_ended_by_408()
    {
        await using var service = Start(("Limits__HeaderSeconds", "1"), ("Limits__BodySeconds", "1"));
        var url = await service.ListeningAsync();
        var owner = await Database.OwnerAsync();
        var body = $"POST /rest/contact/contact HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {owner.AccessToken}\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n";

        var answers = await Task.WhenAll(
            RawRequest.SendAsync(url, (stream, cancellationToken) => TrickleAsync(stream, "GET /health/live HTTP/1.1\r\nHost: x\r\nx: ", cancellationToken)),
            RawRequest.SendAsync(url, (stream, cancellationToken) => TrickleAsync(stream, body, cancellationToken)));

        using (Assert.EnterMultipleScope())
        {
            foreach (var answer in answers)
            {
                answer.ShouldFail(408, "request_timeout");
                Assert.That(answer.Header("Connection"), Is.EqualTo("close"));
            }
        }

        (await new ApiClient(owner.AccessToken, url).UpsertAsync(Sample.Contact(await Database.AddClientAsync(), "C1"))).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task One_connection_too_many_is_told_so_and_health_is_answered_all_the_same()
    {
        await using var service = Start(("Limits__Connections", "2"));
        var url = await service.ListeningAsync();
        TcpClient[] held = [new(url.Host, url.Port), new(url.Host, url.Port)];
        await ServiceProcess.UntilAsync(() => AskAsync("/no/such/route"), HttpStatusCode.ServiceUnavailable); // the server takes a connection when it gets to it

        var refused = (await AskAsync("/api/v1/audit")).ShouldFail(503, "too_many_connections");
        var healthy = await AskAsync("/health/ready");

        foreach (var connection in held)
        {
            connection.Dispose();
        }

        using (Assert.EnterMultipleScope())
        {
            Assert.That(refused.Header("Connection"), Is.EqualTo("close"));
            Assert.That(refused.Header("Retry-After"), Is.EqualTo("2"));
            healthy.ShouldBe(HttpStatusCode.OK);
            await ServiceProcess.UntilAsync(() => AskAsync("/api/v1/audit"), HttpStatusCode.Unauthorized);
        }

        Task<ApiAnswer> AskAsync(string path) => RawRequest.SendAsync(url, Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    }

    private static ServiceProcess Start(params (string Name, string Value)[] limits) =>
        ServiceProcess.Start(limits.Append(($"Databases__{Database.Name}", Database.ConnectionString)).ToDictionary());

    private static async Task TrickleAsync(NetworkStream stream, string head, CancellationToken cancellationToken)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), cancellationToken);
        using var timer = new PeriodicTimer(Pace);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await stream.WriteAsync("x"u8.ToArray(), cancellationToken);
        }
    }
}
