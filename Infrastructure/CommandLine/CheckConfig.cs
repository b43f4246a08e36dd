using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Telemetry;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>--check-config</c>: says all that is wrong with the settings, each by its key, without starting anything.</summary>
internal static class CheckConfig
{
    /// <summary>The sections, each as the start reads it.</summary>
    private static readonly Dictionary<string, Action<IConfiguration>> Sections = new(StringComparer.Ordinal)
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
    };

    /// <summary>The names of all sections that are checked.</summary>
    public static IReadOnlyCollection<string> Checked => Sections.Keys;

    public static int Run(string[] args)
    {
        var faults = FaultsOf(args);
        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault);
        }

        if (faults.Count == 0)
        {
            Console.WriteLine("The configuration is sound.");
        }

        return faults.Count == 0 ? CommandLine.Done : CommandLine.Refused;
    }

    private static List<string> FaultsOf(string[] args)
    {
        try
        {
            var builder = WebApplication.CreateBuilder(Hosting.StartOptions(args));
            builder.Configuration.AddSecretFiles();
            var faults = Sections.Values.Select(read => FaultOf(read, builder.Configuration)).OfType<string>().ToList();
            if (!builder.Environment.IsDevelopment() && !builder.Configuration.GetSection("Databases").GetChildren().Any())
            {
                faults.Insert(0, DatabaseSettings.NoneConfigured);
            }

            return faults;
        }
        catch (StartupException exception)
        {
            return [exception.Message]; // a secret's file: without it nothing else can be judged
        }
    }

    private static string? FaultOf(Action<IConfiguration> read, IConfiguration configuration)
    {
        try
        {
            read(configuration);
            return null;
        }
        catch (StartupException exception)
        {
            return exception.Message;
        }
    }
}
