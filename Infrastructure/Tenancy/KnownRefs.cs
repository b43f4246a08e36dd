using System.Collections.Concurrent;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Refs that are known to exist. Bounded: full, it starts over, and each ref is looked for once more.</summary>
internal sealed class KnownRefs(int capacity)
{
    private readonly ConcurrentDictionary<string, bool> refs = new(StringComparer.Ordinal);

    public bool Contains(string key) => refs.ContainsKey(key);

    public void Clear() => refs.Clear();

    public void Add(string key)
    {
        if (refs.Count >= capacity)
        {
            refs.Clear();
        }

        refs[key] = true;
    }
}
