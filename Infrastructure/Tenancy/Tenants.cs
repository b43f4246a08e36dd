using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>The databases this service serves, by name. They come and go while it runs: one that was away at the start, one that is added or removed.</summary>
internal sealed class Tenants(DatabaseNames names)
{
    private readonly Lock gate = new();
    private volatile IReadOnlyDictionary<string, Served> byName = new Dictionary<string, Served>(StringComparer.Ordinal);

    /// <summary>A database is served that was not before.</summary>
    public event Action<string>? Added;

    /// <summary>Those that are open.</summary>
    public IReadOnlyCollection<Tenant> All => [.. byName.Values.Select(served => served.Tenant).OfType<Tenant>()];

    /// <summary>Those that are not: not open yet since the start, without an answer a moment ago, or with a full write queue.</summary>
    public IReadOnlyCollection<string> NotReady => [.. byName.Where(served => !served.Value.IsReady).Select(served => served.Key).Order(StringComparer.Ordinal)];

    /// <summary>Does the work of a login to a database that is not served here: the same one on every replica.</summary>
    public Tenant StandIn => All.MinBy(tenant => tenant.Name, StringComparer.Ordinal) ?? throw new DatabaseAwayException();

    /// <summary>Every name there is, with its database once that is open.</summary>
    public IReadOnlyCollection<KeyValuePair<string, Tenant?>> Names => [.. byName.Select(served => KeyValuePair.Create(served.Key, served.Value.Tenant))];

    /// <summary>Serves the database, in the place of an earlier one of that name.</summary>
    public void Add(Tenant tenant) => Set(tenant.Name, new Served(tenant, IsDelayed: false));

    /// <summary>The database is served, but not there yet: its callers are to come back.</summary>
    /// <param name="name">The database's name.</param>
    /// <param name="isDelayed">Added to a service that runs: no reason for it not to be ready.</param>
    public void Await(string name, bool isDelayed) => Set(name, new Served(null, isDelayed));

    /// <summary>The database is not served any more; the one that was, for its owner to close once its calls have ended.</summary>
    public Tenant? Remove(string name)
    {
        lock (gate)
        {
            var others = new Dictionary<string, Served>(byName, StringComparer.Ordinal);
            others.Remove(name, out var removed);
            byName = others;
            return removed?.Tenant;
        }
    }

    public async Task CloseAsync()
    {
        IReadOnlyCollection<Tenant> open;
        lock (gate)
        {
            open = All; // once: the host may stop and be disposed at the same time
            byName = new Dictionary<string, Served>(StringComparer.Ordinal);
        }

        foreach (var tenant in open)
        {
            await tenant.DisposeAsync();
        }
    }

    /// <summary>The name of the database that a name or an alias means; what means none stays what it is.</summary>
    public string NameOf(string name) => byName.ContainsKey(name) ? name : names.Resolve(name);

    /// <summary>The database of that name or alias; null where none is served, <see cref="DatabaseAwayException"/> where it is not there yet.</summary>
    public Tenant? Find(string name) => byName.TryGetValue(NameOf(name), out var served) ? served.Tenant ?? throw new DatabaseAwayException() : null;

    /// <summary>The database of that name or alias; null where none is served or it is not there yet.</summary>
    public Tenant? FindOpen(string name) => byName.GetValueOrDefault(NameOf(name))?.Tenant;

    /// <summary>Whether it is this one that is served now under its name.</summary>
    public bool IsServed(Tenant tenant) => byName.TryGetValue(tenant.Name, out var served) && served.Tenant == tenant;

    /// <summary>The name of the database of requests to a host that name none: by the settings, or the only one there is; null: it is not known.</summary>
    public string? NameFor(HostString host) => names.ForHost(host.Host) ?? (byName.Count == 1 ? byName.Keys.Single() : null);

    /// <summary>The database a request is for whose credential does not say: the named one, else the one of its host. It is null where it is not served.</summary>
    public Answer<(string Name, Tenant? Tenant)> ForLogin(HttpContext http, string? requested) =>
        (requested ?? NameFor(http.Request.Host)) is { } name
            ? (name, Find(name))
            : Refusal.Of(ApiErrors.DatabaseRequired, RequestedDatabase.Header, $"Several databases are served: choose one with the header {RequestedDatabase.Header}");

    private void Set(string name, Served served)
    {
        bool isNew;
        lock (gate)
        {
            isNew = !byName.ContainsKey(name);
            byName = new Dictionary<string, Served>(byName, StringComparer.Ordinal) { [name] = served };
        }

        if (isNew)
        {
            Added?.Invoke(name);
        }
    }

    private sealed record Served(Tenant? Tenant, bool IsDelayed)
    {
        public bool IsReady => Tenant is null ? IsDelayed : Tenant.IsAnswering && !Tenant.IsFull();
    }
}
