using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Finds who calls by whatever a request shows (contract: the five kinds of credential, and tokens of identity providers), and refuses what proves nobody (401).</summary>
internal sealed class Credentials(AccessTokens tokens, ProviderTokens providers, Sessions sessions, ServiceKeys keys, KeyUse keyUse, ApiPasswords passwords, Tenants tenants)
{
    public async ValueTask<Answer<RequestAccess>> FindAsync(HttpContext http)
    {
        var credential = Credential.Read(http.Request.Headers);
        var identity = credential.Kind == CredentialKind.Token ? await tokens.ReadAsync(credential.Id) : null;
        var key = credential.Kind == CredentialKind.Key ? await keys.FindAsync(credential, http.RequestAborted)
            : identity?.KeyId is { } keyId ? await keys.FindAsync(identity.Tenant, keyId, http.RequestAborted)
            : null;
        if (key?.Addresses.Admits(http.Connection.RemoteIpAddress) == false)
        {
            // Before anything else, but only for callers who know the secret, or have a token for it; the audit records whose key it was.
            new RequestAccess(key.Tenant, key.Caller with { Origin = CallOrigin.Of(http) }).Attach(http);
            return new Refusal(ApiErrors.AddressNotAllowed, "The access key's endpoint does not allow calls from this address");
        }

        var database = RequestedDatabase.Read(http, tenants);
        if (database.Refusal is { } refusal)
        {
            return refusal;
        }

        return credential.Kind switch
        {
            CredentialKind.Token when identity is null && providers.DatabasesOf(credential.Id) is { Count: > 0 } accepting => await providers.FindAsync(http, credential.Id, accepting, database.Value),
            CredentialKind.Token when identity?.KeyId is null => await OfTokenAsync(http, identity, database.Value),
            CredentialKind.Token or CredentialKind.Key => OfKey(http, key, database.Value),
            CredentialKind.Password => await OfPasswordAsync(http, credential, database.Value),
            _ => NotAuthenticated(),
        };
    }

    /// <summary>What a call that proved nothing says of itself, for the audit.</summary>
    public CallClaim ClaimOf(HttpContext http)
    {
        var credential = Credential.Read(http.Request.Headers);
        var requested = RequestedDatabase.Read(http, tenants);
        var named = credential.Kind switch
        {
            _ when requested.Refusal is not null => null,
            _ when requested.Value is { } name => tenants.FindOpen(name),
            CredentialKind.Key => tenants.FindOpen(credential.Database),
            CredentialKind.Token when tokens.DatabaseOf(credential.Id) is { } name => tenants.FindOpen(name),
            CredentialKind.Token when providers.DatabasesOf(credential.Id) is [var name] => tenants.FindOpen(name),
            _ => tenants.NameFor(http.Request.Host) is { } name ? tenants.FindOpen(name) : null,
        };
        return new CallClaim(named, credential.Kind == CredentialKind.Key ? credential.Id : "");
    }

    private async ValueTask<Answer<RequestAccess>> OfTokenAsync(HttpContext http, TokenIdentity? identity, string? database)
    {
        if (identity is null || !IsFor(identity.Tenant, database))
        {
            return NotAuthenticated();
        }

        var caller = await sessions.FindCallerAsync(identity, CallOrigin.Of(http), http.RequestAborted);
        return caller is not null ? new RequestAccess(identity.Tenant, caller)
            : await SessionEnds.IsByLaterLoginAsync(identity.Tenant, identity.SessionId, http.RequestAborted) ? new Refusal(ApiErrors.NotAuthenticated, SessionEnds.LaterLoginMessage)
            : NotAuthenticated();
    }

    private Answer<RequestAccess> OfKey(HttpContext http, LiveKey? key, string? database)
    {
        if (key is null || !IsFor(key.Tenant, database))
        {
            return NotAuthenticated();
        }

        keyUse.Note(key);
        return new RequestAccess(key.Tenant, key.Caller with { Origin = CallOrigin.Of(http) });
    }

    private async ValueTask<Answer<RequestAccess>> OfPasswordAsync(HttpContext http, Credential credential, string? database)
    {
        var tenant = tenants.ForLogin(http, database);
        if (tenant.Refusal is { } unnamed)
        {
            return unnamed;
        }

        var attempt = new PasswordAttempt(tenant.Value.Tenant, tenant.Value.Name, AccountKinds.Api, credential.Id, credential.Secret, CallOrigin.Of(http));
        var caller = await passwords.FindAsync(attempt, http.RequestAborted);
        return caller.Refusal is not { } refusal ? new RequestAccess(tenant.Value.Tenant!, caller.Value)
            : refusal.Error.Status == StatusCodes.Status401Unauthorized ? NotAuthenticated()
            : refusal;
    }

    private static bool IsFor(Tenant tenant, string? database) => database is null || database == tenant.Name;

    private static Refusal NotAuthenticated() => new(ApiErrors.NotAuthenticated, "No valid credential for this database");
}
