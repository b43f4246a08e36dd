using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Finds all that is wrong with the settings, for the start and for <c>--check-config</c>.</summary>
internal static class SettingsCheck
{
    /// <summary>What the classes of the sections cannot say: what is in their texts, and settings that are no section.</summary>
    private static readonly Action<IConfiguration>[] Checks =
    [
        configuration => DatabaseSettings.Read(configuration),
        configuration => StartupException.ThrowIfAny(DatabaseNames.FaultsOf(configuration)),
        configuration => TrustedProxies.Of(SettingsReader.Read<ProxiesOptions>(configuration)),
        Transport.CheckForwarding,
        DemoMode.Check,
        configuration => StartupException.ThrowIfAny(CrossOrigin.FaultsOf(configuration)),
        configuration => StartupException.ThrowIfAny(OidcOptions.FaultsOf(configuration)),
    ];

    /// <summary>What is wrong with the settings, a sentence each; not whether a database is configured, nor where to listen: commands need neither.</summary>
    public static IReadOnlyList<string> FaultsOf(IConfiguration configuration) =>
        [.. SettingsReader.Types.SelectMany(options => SettingsReader.FaultsOf(configuration, options)).Union(Checks.SelectMany(check => FaultsOf(() => check(configuration))))];

    private static IReadOnlyList<string> FaultsOf(Action read)
    {
        try
        {
            read();
            return [];
        }
        catch (StartupException exception)
        {
            return exception.Faults;
        }
    }
}
