using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Section <c>Oidc</c>: whose tokens a database accepts beside its own.</summary>
internal sealed class OidcOptions : ISettings
{
    public static string Section => "Oidc";

    /// <summary>The identity provider of a database, by the database's name.</summary>
    public Dictionary<string, IdentityProvider> Databases { get; set; } = [];

    /// <summary>What is wrong with the section, a sentence each.</summary>
    public static IReadOnlyList<string> FaultsOf(IConfiguration configuration) =>
        SettingsReader.FaultsOf(configuration, typeof(OidcOptions)) is { Count: > 0 } faults ? faults
            : [.. SettingsReader.Read<OidcOptions>(configuration).Databases.SelectMany(database => FaultsOf($"{Section}:{nameof(Databases)}:{database.Key}", database.Key, database.Value))];

    private static IEnumerable<string> FaultsOf(string path, string name, IdentityProvider provider)
    {
        if (!DatabaseSettings.IsName(name))
        {
            yield return $"{path} must be named as a database (cv_…).";
        }

        if (!IsIssuer(provider.Issuer))
        {
            yield return $"{path}:Issuer must be an https URL without query, as the provider's tokens have it; http only of this machine.";
        }

        if (provider.Audience.Length == 0)
        {
            yield return $"{path}:Audience is missing: without it, tokens for any other application would be accepted.";
        }

        if (provider.AccountClaim.Length == 0)
        {
            yield return $"{path}:AccountClaim must name a claim.";
        }

        if (provider.JwksFile.Length > 0 && JwksFile.FaultOf(provider.JwksFile) is { } fault)
        {
            yield return $"{path}:JwksFile names {provider.JwksFile}, {fault}.";
        }
    }

    private static bool IsIssuer(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || (uri.Scheme == Uri.UriSchemeHttp && uri.IsLoopback)) && uri.Query.Length == 0 && uri.Fragment.Length == 0;
}

/// <summary>An OpenID Connect provider, such as Keycloak or Entra, and how its tokens name accounts.</summary>
internal sealed class IdentityProvider
{
    /// <summary>The tokens' <c>iss</c>, to the letter; below it is the discovery document.</summary>
    public string Issuer { get; set; } = "";

    /// <summary>What the tokens' <c>aud</c> must contain.</summary>
    public string Audience { get; set; } = "";

    /// <summary>The claim that has the account's op_id: a name, or the path to a member as in <c>resource.name</c>.</summary>
    public string AccountClaim { get; set; } = "sub";

    /// <summary>The claim that has the permissions, such as <c>realm_access.roles</c>; empty: the account's own count.</summary>
    public string PermissionsClaim { get; set; } = "";

    /// <summary>A file with the provider's keys, where there is no way to the provider; empty: they are found by discovery.</summary>
    public string JwksFile { get; set; } = "";
}
