using CrmImport.Infrastructure.Database;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>One CRM database: its name as callers write it (<c>cv_…</c>), its pools of connections, its settings, and the news of its changes.</summary>
internal sealed class Tenant : IAsyncDisposable
{
    private const int MaxLists = 100;
    private const int MaxClients = 100_000;

    private readonly ChangeListener listener;

    public Tenant(string name, DatabasePool db, DatabasePool writes, QueryOptions queries, ILogger logger)
    {
        (Name, Db, Writes) = (name, db, writes);
        Queries = new QueryBudget(db, queries.Seconds);
        listener = new ChangeListener(db, [db, writes], name, logger);
        Lists = NewCache<string, IReadOnlySet<int>>(MaxLists);
        Settings = new(db, listener);
        Rules = new(db, listener);
        listener.Changed += OnChanged;
    }

    /// <summary>A change: what kind of record, and its key; both empty when anything may have changed.</summary>
    public event Action<string, string> Changed
    {
        add => listener.Changed += value;
        remove => listener.Changed -= value;
    }

    public string Name { get; }

    public DatabasePool Db { get; }

    /// <summary>The connections of the write queue, one a writer: always the same few, so that the server's side of each stays warm.</summary>
    public DatabasePool Writes { get; }

    /// <summary>The budget of lists and of the audit, which read through it.</summary>
    public QueryBudget Queries { get; }

    /// <summary>Whether changes are heard as they happen; what is remembered counts only then.</summary>
    public bool IsHearing => listener.IsHearing;

    /// <summary>Whether the database answered within the last three seconds, and lets the service in.</summary>
    public bool IsAnswering => listener.IsHearing && !Db.IsRefusing && !Writes.IsRefusing;

    /// <summary>Whether the write queue is full; set by the owner of the queue.</summary>
    public Func<bool> IsFull { get; set; } = static () => false;

    /// <summary>The ids of the active items of a list, by its name.</summary>
    public TenantCache<string, IReadOnlySet<int>> Lists { get; }

    public TenantSettings Settings { get; }

    public TenantRules Rules { get; }

    /// <summary>Refs of clients that were found; for good, since no client is ever removed.</summary>
    public KnownRefs KnownClients { get; } = new(MaxClients);

    /// <summary>The database the request's credential belongs to; the access middleware put it there.</summary>
    public static ValueTask<Tenant> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<RequestAccess>().Tenant);

    /// <summary>Starts listening for changes, once every cache of the database has subscribed to them.</summary>
    public void Listen() => listener.Start();

    /// <summary>A cache of what rarely changes in this database. Whoever makes one forgets by <see cref="Changed"/>.</summary>
    public TenantCache<TKey, TValue> NewCache<TKey, TValue>(int capacity)
        where TKey : notnull
        where TValue : class => new(listener, capacity);

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await Queries.DisposeAsync();
        await Writes.DisposeAsync();
        await Db.DisposeAsync();
    }

    private void OnChanged(string kind, string key)
    {
        if (kind is "list" or "")
        {
            Lists.Forget((list, _) => kind.Length == 0 || list == key);
        }

        if (kind is "field_requirement" or "")
        {
            Rules.Forget();
        }

        if (kind is "setting" or "")
        {
            Settings.Forget();
        }
    }
}
