using CrmImport.Infrastructure.Auth;
using Microsoft.AspNetCore.Http.Features;
using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>One CRM database: its name as callers write it (<c>cv_…</c>), its pool of connections, the keys that sign its sessions, and what is remembered of it.</summary>
internal sealed class Tenant : IAsyncDisposable
{
    private const int MostSessions = 10_000;
    private const int MostLists = 100;
    private const int MostClients = 100_000;

    private readonly ChangeListener listener;

    public Tenant(string name, NpgsqlDataSource db, NpgsqlDataSource writes, AccessTokenKeys keys, ILogger logger)
    {
        (Name, Db, Writes, Keys) = (name, db, writes, keys);
        listener = new ChangeListener(db, name, logger);
        Sessions = new(listener, MostSessions);
        Lists = new(listener, MostLists);
        Settings = new(db, listener);
        listener.Changed += OnChanged;
        listener.Start();
    }

    public string Name { get; }

    public NpgsqlDataSource Db { get; }

    /// <summary>The connections of the write queue, one a writer: always the same few, so that the server's side of each stays warm.</summary>
    public NpgsqlDataSource Writes { get; }

    public AccessTokenKeys Keys { get; }

    /// <summary>Live sessions, by their id.</summary>
    public TenantCache<Guid, LiveSession> Sessions { get; }

    /// <summary>The ids of the active items of a list, by its name.</summary>
    public TenantCache<string, IReadOnlySet<int>> Lists { get; }

    public TenantSettings Settings { get; }

    /// <summary>Refs of clients that were found; for good, since no client is ever removed.</summary>
    public KnownRefs KnownClients { get; } = new(MostClients);

    /// <summary>Whether the database answered within the last seconds.</summary>
    public bool IsAnswering => listener.IsHearing;

    /// <summary>The database the request's credential belongs to; the access middleware put it there.</summary>
    public static ValueTask<Tenant> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<RequestAccess>().Tenant);

    /// <summary>An account's rights or sessions changed here: it counts in this process at once, in others when they hear of it.</summary>
    public void OnAccountChanged(long accountId) => Sessions.Forget((_, session) => session.Caller.AccountId == accountId);

    public async ValueTask DisposeAsync()
    {
        await listener.DisposeAsync();
        await Writes.DisposeAsync();
        await Db.DisposeAsync();
    }

    private void OnChanged(string kind, string key)
    {
        switch (kind)
        {
            case "account":
                Sessions.Forget((_, session) => session.Caller.AccountId.ToString(System.Globalization.CultureInfo.InvariantCulture) == key);
                break;
            case "session":
                Sessions.Forget((id, _) => id.ToString() == key);
                break;
            case "list":
                Lists.Forget((list, _) => list == key);
                break;
            case "setting":
                Settings.Forget();
                break;
            default:
                Settings.Forget();
                Sessions.Forget((_, _) => true);
                Lists.Forget((_, _) => true);
                break;
        }
    }
}
