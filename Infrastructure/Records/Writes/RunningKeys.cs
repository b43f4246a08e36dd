using System.Collections.Concurrent;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Records.Writes;

/// <summary>A write as a caller sent it, which may carry an idempotency key: while it runs, another with that key of the same account is turned away.</summary>
internal interface IKeyedWrite
{
    Tenant Tenant { get; }

    Caller Caller { get; }

    WriteConditions Conditions { get; }
}

/// <summary>The idempotency keys of the writes that run in this process. Between processes the key of the kept answer decides, later.</summary>
internal sealed class RunningKeys
{
    private readonly ConcurrentDictionary<(Tenant Tenant, long AccountId, string Key), IdempotencyKey> running = [];

    /// <summary>
    /// What to dispose of when the write is done; null while another runs under the key. A write that a write with the very same key object sends on is part of it.
    /// </summary>
    public IDisposable? TryEnter(IKeyedWrite write, IdempotencyKey key)
    {
        var name = (write.Tenant, write.Caller.AccountId, key.Value);
        return running.TryAdd(name, key) ? new Entry(() => running.TryRemove(name, out _))
            : running.TryGetValue(name, out var other) && ReferenceEquals(other, key) ? new Entry(() => { })
            : null;
    }

    private sealed class Entry(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }
}
