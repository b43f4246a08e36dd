using System.Globalization;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Settings;
using Microsoft.AspNetCore.Http.Features;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>One CRM database: its name as callers write it (<c>cv_…</c>), its pool of connections, the keys that sign its sessions, and what is remembered of it.</summary>
internal sealed class Tenant : IAsyncDisposable
{
    private const int MostSessions = 10_000;
    private const int MostKeys = 10_000;
    private const int MostPasswords = 1_000;
    private const int MostLists = 100;
    private const int MostClients = 100_000;

    private readonly ChangeListener listener;

    public Tenant(string name, DatabasePool db, DatabasePool writes, SigningKeys keys, ILogger logger)
    {
        (Name, Db, Writes, Keys) = (name, db, writes, keys);
        listener = new ChangeListener(db, name, logger);
        Sessions = new(listener, MostSessions);
        LiveKeys = new(listener, MostKeys);
        Passwords = new(listener, MostPasswords);
        Lists = new(listener, MostLists);
        Settings = new(db, listener);
        listener.Changed += OnChanged;
        listener.Start();
    }

    public string Name { get; }

    public DatabasePool Db { get; }

    /// <summary>The connections of the write queue, one a writer: always the same few, so that the server's side of each stays warm.</summary>
    public DatabasePool Writes { get; }

    public SigningKeys Keys { get; }

    /// <summary>Whether the database answered within the last three seconds, and lets the service in.</summary>
    public bool IsAnswering => listener.IsHearing && !Db.IsRefusing && !Writes.IsRefusing;

    /// <summary>Whether so many writes wait that no more are taken; told by whoever has the queue.</summary>
    public Func<bool> IsFull { get; set; } = static () => false;

    /// <summary>Live sessions, by their id.</summary>
    public TenantCache<Guid, LiveSession> Sessions { get; }

    /// <summary>Good access keys, by their id.</summary>
    public TenantCache<string, LiveKey> LiveKeys { get; }

    /// <summary>Passwords of api accounts that were verified lately, by a code that only this process can make of them.</summary>
    public TenantCache<string, VerifiedPassword> Passwords { get; }

    /// <summary>The ids of the active items of a list, by its name.</summary>
    public TenantCache<string, IReadOnlySet<int>> Lists { get; }

    public TenantSettings Settings { get; }

    /// <summary>Refs of clients that were found; for good, since no client is ever removed.</summary>
    public KnownRefs KnownClients { get; } = new(MostClients);

    /// <summary>The database the request's credential belongs to; the access middleware put it there.</summary>
    public static ValueTask<Tenant> BindAsync(HttpContext http) => ValueTask.FromResult(http.Features.GetRequiredFeature<RequestAccess>().Tenant);

    /// <summary>The signing keys as they are now.</summary>
    public ValueTask<AccessTokenKeys> ReadKeysAsync() => Keys.ReadAsync(listener.IsHearing);

    /// <summary>An account's rights or sessions changed here: it counts in this process at once, in others when they hear of it.</summary>
    public void OnAccountChanged(long accountId)
    {
        Sessions.Forget((_, session) => session.Caller.AccountId == accountId);
        LiveKeys.Forget((_, key) => key.Caller.AccountId == accountId);
        Passwords.Forget((_, password) => password.Caller.AccountId == accountId);
    }

    /// <summary>An endpoint changed here: it counts in this process at once.</summary>
    public void OnEndpointChanged(string endpointId) => LiveKeys.Forget((_, key) => key.EndpointId == endpointId);

    /// <summary>An access key was revoked or given another end here: it counts in this process at once.</summary>
    public void OnKeyChanged(string keyId) => LiveKeys.Forget((id, _) => id == keyId);

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
                OnAccountChanged(long.Parse(key, CultureInfo.InvariantCulture));
                break;
            case "endpoint":
                OnEndpointChanged(key);
                break;
            case "access_key":
                OnKeyChanged(key);
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
            case "signing_key":
                Keys.Forget();
                break;
            default:
                Keys.Forget();
                Settings.Forget();
                Sessions.Forget((_, _) => true);
                LiveKeys.Forget((_, _) => true);
                Passwords.Forget((_, _) => true);
                Lists.Forget((_, _) => true);
                break;
        }
    }
}
