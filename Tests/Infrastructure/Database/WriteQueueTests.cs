using CrmImport.Infrastructure.Database;

namespace CrmImport.Tests.Infrastructure.Database;

/// <summary>The write queue by itself, with a store that the test holds up.</summary>
public sealed class WriteQueueTests
{
    private readonly List<string[]> batches = [];
    private readonly SemaphoreSlim gate = new(0);

    [TearDown]
    public void Dispose() => gate.Dispose();

    [Test]
    public async Task What_waits_is_written_together_and_a_key_never_twice_at_a_time()
    {
        var queue = Open(new WriteQueueOptions { Writers = 2, FurtherWriterAt = 100 });
        var first = queue.TryAdd("a1")!;
        var waiting = new[] { "a2", "b1", "a3", "c1", "b2" }.Select(item => queue.TryAdd(item)!).ToArray();

        gate.Release(10);
        var answers = await Task.WhenAll(waiting.Prepend(first));

        using (Assert.EnterMultipleScope())
        {
            Assert.That(answers, Is.EqualTo(new[] { "a1 done", "a2 done", "b1 done", "a3 done", "c1 done", "b2 done" }));
            Assert.That(batches, Has.Count.EqualTo(3).Or.Count.EqualTo(4));
            Assert.That(batches.SelectMany(batch => batch).Where(item => item.StartsWith('a')), Is.EqualTo(new[] { "a1", "a2", "a3" }));
            Assert.That(batches.SelectMany(batch => batch).Where(item => item.StartsWith('b')), Is.EqualTo(new[] { "b1", "b2" }));
            Assert.That(batches.Select(batch => batch.GroupBy(item => item[0]).Max(group => group.Count())), Is.All.EqualTo(1));
        }
    }

    [Test]
    public async Task A_full_queue_takes_no_more_until_something_is_written()
    {
        var queue = Open(new WriteQueueOptions { QueueRows = 2 });
        var (first, second) = (queue.TryAdd("a"), queue.TryAdd("b"));
        Assert.That(queue.TryAdd("c"), Is.Null);

        gate.Release(10);
        await Task.WhenAll(first!, second!);
        await queue.DrainAsync();

        Assert.That(await queue.TryAdd("c")!, Is.EqualTo("c done"));
    }

    [Test]
    public async Task A_further_writer_starts_when_enough_waits_and_a_batch_is_bounded()
    {
        var queue = Open(new WriteQueueOptions { Writers = 2, FurtherWriterAt = 3, BatchRows = 2 });
        var all = Enumerable.Range(0, 9).Select(i => queue.TryAdd($"{(char)('a' + i)}")!).ToArray();

        gate.Release(100);
        await Task.WhenAll(all);

        Assert.That(batches.Select(batch => batch.Length), Is.All.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task A_batch_that_throws_fails_its_callers_and_no_others()
    {
        var queue = Open(new WriteQueueOptions());
        gate.Release(10);

        Assert.That(async () => await queue.TryAdd("poison")!, Throws.InvalidOperationException);
        Assert.That(await queue.TryAdd("a")!, Is.EqualTo("a done"));
    }

    [Test]
    public async Task Draining_waits_for_all_that_was_added()
    {
        var queue = Open(new WriteQueueOptions());
        var written = queue.TryAdd("a")!;
        var drained = queue.DrainAsync();
        Assert.That(drained.IsCompleted, Is.False);

        gate.Release();
        await drained;

        using (Assert.EnterMultipleScope())
        {
            Assert.That(written.IsCompletedSuccessfully);
            Assert.That(queue.Count, Is.Zero);
        }
    }

    [Test]
    [CancelAfter(10_000)]
    public async Task A_caller_whose_thread_began_the_writing_does_not_wait_for_those_who_came_after(CancellationToken cancellationToken)
    {
        Task<string>? later = null;
        WriteQueue<string, char, string> queue = null!;
        queue = new(new WriteQueueOptions(), item => item[0], items =>
        {
            if (items.Contains("a"))
            {
                later = queue.TryAdd("b"); // comes in while a is written
            }
            else
            {
                gate.Wait(cancellationToken); // blocks its thread, as a lone write does
            }

            return Task.FromResult(items.Select(item => $"{item} done").ToArray());
        });

        Assert.That(await Task.Run(() => queue.TryAdd("a")!, cancellationToken).WaitAsync(cancellationToken), Is.EqualTo("a done"));
        Assert.That(later!.IsCompleted, Is.False);

        gate.Release();
        Assert.That(await later, Is.EqualTo("b done"));
    }

    // An item is its key and a number; each batch waits for the gate.
    private WriteQueue<string, char, string> Open(WriteQueueOptions options) => new(options, item => item[0], async items =>
    {
        await gate.WaitAsync();
        lock (batches)
        {
            batches.Add([.. items]);
        }

        return items.Contains("poison") ? throw new InvalidOperationException("poison") : [.. items.Select(item => $"{item} done")];
    });
}
