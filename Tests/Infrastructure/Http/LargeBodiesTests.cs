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
        var clientRef = await service.AddContactAsync();
        var api = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        var bodies = service.Services.GetRequiredService<LargeBodies>();
        var patch = Patch(LargeBodies.MinBytes);
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";

        var turns = await AllTurnsAsync(bodies);
        var waiting = api.PatchAsync(path, patch);
        (await api.PatchAsync(path, Patch(100))).ShouldBe(HttpStatusCode.OK);
        Assert.That(waiting.IsCompleted, Is.False);
        turns.ForEach(turn => turn.Dispose());

        (await waiting).ShouldBe(HttpStatusCode.OK);
    }

    [Test]
    public async Task Where_too_many_wait_the_next_is_refused_and_can_be_sent_again()
    {
        await using var service = await GuardedService.StartAsync();
        var clientRef = await service.AddContactAsync();
        var api = new ApiClient((await service.Database.AddKeyAsync()).AccessKey, service.Url);
        var bodies = service.Services.GetRequiredService<LargeBodies>();
        var patch = Patch(LargeBodies.MinBytes);
        var path = $"/api/v1/clients/{clientRef}/contacts/C1";

        var turns = await AllTurnsAsync(bodies);
        var waiting = Enumerable.Range(0, LargeBodies.MaxWaiting).Select(_ => bodies.WaitAsync(LargeBodies.MinBytes, default).AsTask()).ToArray();
        var refused = (await api.PatchAsync(path, patch)).ShouldFail(503, "busy");
        (await api.PatchAsync(path, Patch(100))).ShouldBe(HttpStatusCode.OK);
        turns.ForEach(turn => turn.Dispose());
        foreach (var turn in waiting)
        {
            (await turn)!.Dispose();
        }

        Assert.That(refused.Header("Retry-After"), Is.EqualTo("1"));
        (await api.PatchAsync(path, patch)).ShouldBe(HttpStatusCode.OK);
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

    // A merge patch of about that many bytes that changes nothing but a name.
    private static string Patch(int bytes) => $"{{\"surname\":\"Smith\"{new string(' ', bytes)}}}";
}
