using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Finds all that is wrong with the settings, for the start and for <c>--check-config</c>.</summary>
internal static class SettingsCheck
{
    /// <summary>The sections, each as the start reads it.</summary>
    private static readonly Dictionary<string, Action<IConfiguration>> Readers = new(StringComparer.Ordinal)
    {
        ["Databases"] = configuration => DatabaseSettings.Read(configuration),
        ["Auth"] = configuration => SettingsReader.Read<AuthOptions>(configuration, "Auth"),
        ["Https"] = configuration => SettingsReader.Read<HttpsOptions>(configuration, "Https"),
        ["Proxies"] = configuration => TrustedProxies.Of(SettingsReader.Read<ProxiesOptions>(configuration, "Proxies")),
        ["RateLimits"] = configuration => SettingsReader.Read<RateLimitsOptions>(configuration, "RateLimits"),
        ["Logins"] = configuration => SettingsReader.Read<LoginsOptions>(configuration, "Logins"),
        ["Limits"] = configuration => SettingsReader.Read<LimitsOptions>(configuration, "Limits"),
        ["Writes"] = configuration => SettingsReader.Read<WriteQueueOptions>(configuration, "Writes"),
        ["Audit"] = configuration => SettingsReader.Read<AuditOptions>(configuration, "Audit"),
        ["Telemetry"] = configuration => SettingsReader.Read<TelemetryOptions>(configuration, "Telemetry"),
        ["Embedded"] = configuration => SettingsReader.Read<EmbeddedPostgresOptions>(configuration, "Embedded"),
        [Transport.TrustEverybody] = Transport.CheckForwarding,
    };

    /// <summary>The names of all sections that are checked.</summary>
    public static IReadOnlyCollection<string> Sections => Readers.Keys;

    /// <summary>What is wrong with the sections, a sentence each; not whether a database is configured, nor where to listen: commands need neither.</summary>
    public static IReadOnlyList<string> FaultsOf(IConfiguration configuration) => [.. Readers.Values.SelectMany(read => FaultsOf(() => read(configuration)))];

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
