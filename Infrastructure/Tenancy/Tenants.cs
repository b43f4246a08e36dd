using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>The databases this service serves, by name. Filled at start, and by what comes later: a database that was away then.</summary>
internal sealed class Tenants
{
    private readonly Lock gate = new();
    private volatile IReadOnlyDictionary<string, Tenant?> byName = new Dictionary<string, Tenant?>(StringComparer.Ordinal); // null: awaited

    /// <summary>Those that are open.</summary>
    public IReadOnlyCollection<Tenant> All => [.. byName.Values.OfType<Tenant>()];

    /// <summary>Whether every one is open, answered a moment ago and takes writes.</summary>
    public bool AreReady => byName.Values.All(tenant => tenant is { IsAnswering: true } && !tenant.IsFull());

    /// <summary>Does the work of a login to a database that is not served here: the same one on every replica.</summary>
    public Tenant StandIn => All.MinBy(tenant => tenant.Name, StringComparer.Ordinal) ?? throw new DatabaseAwayException();

    /// <summary>Every name there is, with its database once that is open.</summary>
    public IReadOnlyDictionary<string, Tenant?> Served => byName;

    public void Add(Tenant tenant) => Set(tenant.Name, tenant);

    /// <summary>The database is served, but not there yet: its callers are to come back.</summary>
    public void Await(string name) => Set(name, null);

    public async Task CloseAsync()
    {
        var open = All;
        byName = new Dictionary<string, Tenant?>(StringComparer.Ordinal);
        foreach (var tenant in open)
        {
            await tenant.DisposeAsync();
        }
    }

    /// <summary>The database of that name; null where none is served, <see cref="DatabaseAwayException"/> where it is not there yet.</summary>
    public Tenant? Find(string name) => byName.TryGetValue(name, out var tenant) ? tenant ?? throw new DatabaseAwayException() : null;

    /// <summary>The database a login is for: the named one (null where unknown), or the only one there is.</summary>
    public Answer<Tenant?> ForLogin(string? name) => (name, byName.Count) switch
    {
        (not null, _) => Find(name),
        (null, 1) => Find(byName.Keys.Single()),
        _ => Refusal.Of(ApiErrors.DatabaseRequired, DatabaseHeader.Name, $"Several databases are served: choose one with the header {DatabaseHeader.Name}"),
    };

    private void Set(string name, Tenant? tenant)
    {
        lock (gate)
        {
            byName = new Dictionary<string, Tenant?>(byName, StringComparer.Ordinal) { [name] = tenant };
        }
    }
}
