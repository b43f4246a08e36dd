using System.Globalization;
using System.Runtime.CompilerServices;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Auth;

/// <summary>What is remembered of a database's credentials until they change: live sessions, good access keys, verified passwords, and the keys that sign its tokens.</summary>
internal sealed class TenantCredentials
{
    private const int MaxSessions = 10_000;
    private const int MaxKeys = 10_000;
    private const int MaxPasswords = 1_000;
    private const int MaxProviderAccounts = 10_000;

    private static readonly ConditionalWeakTable<Tenant, TenantCredentials> ByTenant = [];

    private readonly Tenant tenant;

    private TenantCredentials(Tenant tenant, SigningKeys signingKeys)
    {
        (this.tenant, SigningKeys) = (tenant, signingKeys);
        Sessions = tenant.NewCache<Guid, LiveSession>(MaxSessions);
        AccessKeys = tenant.NewCache<string, LiveKey>(MaxKeys);
        Passwords = tenant.NewCache<string, VerifiedPassword>(MaxPasswords);
        ProviderAccounts = tenant.NewCache<string, ProviderAccount>(MaxProviderAccounts);
    }

    /// <summary>Live sessions, by their id.</summary>
    public TenantCache<Guid, LiveSession> Sessions { get; }

    /// <summary>Good access keys, by their id.</summary>
    public TenantCache<string, LiveKey> AccessKeys { get; }

    /// <summary>Passwords of api accounts that were verified lately, by a code that only this process can make of them.</summary>
    public TenantCache<string, VerifiedPassword> Passwords { get; }

    /// <summary>Accounts that identity providers' tokens name, by their op_id.</summary>
    public TenantCache<string, ProviderAccount> ProviderAccounts { get; }

    public SigningKeys SigningKeys { get; }

    /// <summary>Reads the signing keys of a database that is about to be served; makes the first one in a new database. Before the tenant listens for changes.</summary>
    /// <exception cref="Settings.StartupException">A key is sealed under another secret.</exception>
    public static async Task OpenAsync(Tenant tenant, KeyProtection protection, CancellationToken cancellationToken)
    {
        var credentials = new TenantCredentials(tenant, await SigningKeys.OpenAsync(tenant.Db, protection, cancellationToken));
        tenant.Changed += credentials.OnChanged;
        ByTenant.Add(tenant, credentials);
    }

    public static TenantCredentials Of(Tenant tenant) =>
        ByTenant.TryGetValue(tenant, out var credentials) ? credentials : throw new InvalidOperationException($"The credentials of {tenant.Name} were not opened");

    /// <summary>The signing keys as they are now.</summary>
    public ValueTask<AccessTokenKeys> ReadSigningKeysAsync() => SigningKeys.ReadAsync(tenant.IsHearing);

    /// <summary>An account's rights or sessions changed here: it counts in this process at once, in others when they hear of it.</summary>
    public void OnAccountChanged(long accountId)
    {
        Sessions.Forget((_, session) => session.Caller.AccountId == accountId);
        AccessKeys.Forget((_, key) => key.Caller.AccountId == accountId);
        Passwords.Forget((_, password) => password.Caller.AccountId == accountId);
        ProviderAccounts.Forget((_, account) => account.Caller.AccountId == accountId);
    }

    /// <summary>An endpoint changed here: it counts in this process at once.</summary>
    public void OnEndpointChanged(string endpointId)
    {
        AccessKeys.Forget((_, key) => key.EndpointId == endpointId);
        ProviderAccounts.Forget((_, account) => account.Caller.Kind == AccountKinds.Service); // it may have had another account before
    }

    /// <summary>An access key was revoked or given another end here: it counts in this process at once.</summary>
    public void OnKeyChanged(string keyId) => AccessKeys.Forget((id, _) => id == keyId);

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
            case "signing_key":
                SigningKeys.Forget();
                break;
            case "":
                SigningKeys.Forget();
                Sessions.Forget((_, _) => true);
                AccessKeys.Forget((_, _) => true);
                Passwords.Forget((_, _) => true);
                ProviderAccounts.Forget((_, _) => true);
                break;
            default:
                break; // none of ours
        }
    }
}
