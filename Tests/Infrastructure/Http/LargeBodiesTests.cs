using System.Net;
using CrmImport.Infrastructure.Http;
using Microsoft.Extensions.DependencyInjection;

namespace CrmImport.Tests.Infrastructure.Http;

/// <summary>Large bodies are parsed a few at a time; nobody else waits for them.</summary>
public sealed class LargeBodiesTests
{
    [Test]
    public async Task Large_bodies_wait_for_their_turn_and_small_ones_do_not()
    {
        await using var service = await GuardedService.StartAsync();
        var bodies = service.Services.GetRequiredService<LargeBodies>();
        var send = await PatchesAsync(service);

        var turns = await AllTurnsAsync(bodies);
        var waiting = send(LargeBodies.MinBytes);
        (await send(100)).ShouldBe(HttpStatusCode.OK);
        Assert.That(waiting.IsCompleted, Is.False);
        turns.ForEach(turn => turn.Dispose());

        (await waiting).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Where_too_many_wait_the_next_is_refused_and_can_be_sent_again()
    {
        await using var service = await GuardedService.StartAsync();
        var bodies = service.Services.GetRequiredService<LargeBodies>();
        var send = await PatchesAsync(service);

        var turns = await AllTurnsAsync(bodies);
        var waiting = Enumerable.Range(0, LargeBodies.MaxWaiting).Select(_ => bodies.WaitAsync(LargeBodies.MinBytes, default).AsTask()).ToArray();
        var refused = (await send(LargeBodies.MinBytes)).ShouldFail(503, "busy");
        (await send(100)).ShouldBe(HttpStatusCode.OK);
        turns.ForEach(turn => turn.Dispose());
        foreach (var turn in waiting)
        {
            (await turn)!.Dispose();
        }

        Assert.That(refused.Header("Retry-After"), Is.EqualTo("1"));
        (await send(LargeBodies.MinBytes)).ShouldBe(HttpStatusCode.OK);
    }

    // As many as there are: the next would wait.
    private static async Task<List<IDisposable>> AllTurnsAsync(LargeBodies bodies)
    {
        var turns = new List<IDisposable>();
        using var stop = new CancellationTokenSource();
        for (var turn = bodies.WaitAsync(LargeBodies.MinBytes, stop.Token).AsTask(); turn.IsCompleted; turn = bodies.WaitAsync(LargeBodies.MinBytes, stop.Token).AsTask())
        {
            turns.Add((await turn)!);
        }

        await stop.CancelAsync();
        return turns;
    }

    // Sends a contact a merge patch of about that many bytes, which changes nothing but a name.
    private static async Task<Func<int, Task<ApiAnswer>>> PatchesAsync(GuardedService service)
    {
        var path = $"/api/v1/clients/{await service.AddContactAsync()}/contacts/C1";
        var api = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        return bytes => api.PatchAsync(path, $"{{\"surname\":\"Smith\"{new string(' ', bytes)}}}");
    }
}
