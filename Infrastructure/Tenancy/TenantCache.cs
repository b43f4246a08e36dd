using System.Collections.Concurrent;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>
/// A replica's cache of rarely changing data of a database. An entry lives until the database notifies of its change (<see cref="ChangeListener"/>);
/// while the listener is disconnected, nothing is cached and everything is read again.
/// </summary>
internal sealed class TenantCache<TKey, TValue>(ChangeListener listener, int capacity)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, TValue> entries = [];
    private readonly Lock gate = new();
    private long changes;

    public TValue? Find(TKey key) => listener.IsHearing && entries.TryGetValue(key, out var value) ? value : null;

    /// <summary>Reads a value and caches it, unless a change arrived during the read: then it may be the old one.</summary>
    public async Task<TValue?> ReadAsync(TKey key, Func<Task<TValue?>> read)
    {
        var before = Interlocked.Read(ref changes);
        var isHearing = listener.IsHearing;
        var value = await read();
        if (value is not null && isHearing)
        {
            lock (gate)
            {
                if (before == changes)
                {
                    Remember(key, value);
                }
            }
        }

        return value;
    }

    /// <summary>Forgets the values of which this is true.</summary>
    public void Forget(Func<TKey, TValue, bool> isChanged)
    {
        lock (gate)
        {
            changes++;
            foreach (var (key, _) in entries.Where(entry => isChanged(entry.Key, entry.Value)))
            {
                entries.TryRemove(key, out _);
            }
        }
    }

    // Full means many more callers than usual: starting over costs each of them one read.
    private void Remember(TKey key, TValue value)
    {
        if (entries.Count >= capacity)
        {
            entries.Clear();
        }

        entries[key] = value;
    }
}
