namespace CrmImport.Infrastructure.Database;

/// <summary>
/// Gathers concurrent writes into batches (group commit): a writer takes what waits, without a timer, and answers each caller once the batch is done.
/// Writes of one key are never in two batches at a time and keep the order in which they arrived. Bounded; a caller who goes away changes nothing.
/// </summary>
/// <param name="options">Number of writers, size of a batch, bound on the queue.</param>
/// <param name="keyOf">What must not be written twice at a time.</param>
/// <param name="write">Writes a batch and returns its answers, in order. It must not throw for the sake of one item.</param>
internal sealed class WriteQueue<TItem, TKey, TAnswer>(
    WriteQueueOptions options, Func<TItem, TKey> keyOf, Func<IReadOnlyList<TItem>, Task<TAnswer[]>> write)
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Queue<Entry> ready = new();
    private readonly Dictionary<TKey, Queue<Entry>?> busy = []; // keys being written or about to be, with those that wait for them
    private int count;
    private int running;
    private TaskCompletionSource? empty;

    /// <summary>The writes that wait or are being written.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return count;
            }
        }
    }

    /// <summary>The answer to come; null where the queue is full.</summary>
    public Task<TAnswer>? TryAdd(TItem item)
    {
        var entry = new Entry(item, keyOf(item));
        lock (gate)
        {
            if (count >= options.QueueRows)
            {
                return null;
            }

            count++;
            if (!busy.TryAdd(entry.Key, null))
            {
                (busy[entry.Key] ??= new()).Enqueue(entry);
                return entry.Task;
            }

            // One writer with all that waits beats several with a part each, until more waits than one batch takes.
            ready.Enqueue(entry);
            if (running > 0 && (running >= options.Writers || ready.Count < options.FurtherWriterAt))
            {
                return entry.Task;
            }

            running++;
        }

        _ = RunAsync(); // begins here and now, on the caller's thread: a lone write waits for no other
        return entry.Task;
    }

    /// <summary>Completes once nothing waits or is being written.</summary>
    public Task DrainAsync()
    {
        lock (gate)
        {
            return count == 0 ? Task.CompletedTask : (empty ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    private async Task RunAsync()
    {
        for (var batches = 1; Take() is { } batch; batches++)
        {
            if (batches == 2)
            {
                await Task.Yield(); // the caller on whose thread this began wants its answer, and lone writes block
            }

            TAnswer[]? answers = null;
            Exception? failure = null;
            try
            {
                answers = await write(batch.ConvertAll(entry => entry.Item));
            }
            catch (Exception exception)
            {
                failure = exception;
            }

            Release(batch);
            for (var i = 0; i < batch.Count; i++)
            {
                var (entry, answer) = (batch[i], answers is null ? default : answers[i]);
                if (batch.Count == 1)
                {
                    entry.Complete(answer!, failure); // nobody waits behind a lone caller: it goes on at once, on this thread
                }
                else
                {
                    ThreadPool.UnsafeQueueUserWorkItem(static done => done.entry.Complete(done.answer!, done.failure), (entry, answer, failure), preferLocal: false);
                }
            }
        }
    }

    // The writer that finds nothing ends here, under the same lock that would have started another.
    private List<Entry>? Take()
    {
        lock (gate)
        {
            if (ready.Count == 0)
            {
                running--;
                return null;
            }

            var batch = new List<Entry>(Math.Min(ready.Count, options.BatchRows));
            while (batch.Count < options.BatchRows && ready.TryDequeue(out var entry))
            {
                batch.Add(entry);
            }

            return batch;
        }
    }

    private void Release(List<Entry> batch)
    {
        lock (gate)
        {
            foreach (var entry in batch)
            {
                if (busy[entry.Key]?.TryDequeue(out var next) == true)
                {
                    ready.Enqueue(next);
                }
                else
                {
                    busy.Remove(entry.Key);
                }
            }

            count -= batch.Count;
            if (count == 0)
            {
                empty?.SetResult();
                empty = null;
            }
        }
    }

    /// <summary>A write and its caller.</summary>
    private sealed class Entry(TItem item, TKey key) : TaskCompletionSource<TAnswer>
    {
        public TItem Item { get; } = item;

        public TKey Key { get; } = key;

        public void Complete(TAnswer answer, Exception? failure)
        {
            if (failure is null)
            {
                SetResult(answer);
            }
            else
            {
                SetException(failure);
            }
        }
    }
}
