using CrmImport.Infrastructure.Settings;
using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.Configuration.Memory;

namespace CrmImport.Infrastructure.Startup;

/// <summary>
/// Setting <c>Demo</c>: a service to look at, as <c>docker run -e Demo=true</c> starts one. It runs as in development, with demo data and their known passwords in every database that has no
/// account yet, on an embedded PostgreSQL where no database is configured, and takes plain HTTP from anywhere unless <c>Https:Required</c> is set.
/// </summary>
internal static class DemoMode
{
    public const string Setting = "Demo";

    private const string HttpsRequired = "Https:Required";

    public static bool IsOn(IConfiguration configuration) => bool.TryParse(configuration[Setting], out var isOn) && isOn;

    /// <summary>Whether the command line or the environment asks for it; what the settings file says is not read yet where the environment is chosen.</summary>
    public static bool IsAskedFor(string[] args) => IsOn(new ConfigurationBuilder().AddEnvironmentVariables().AddCommandLine(args).Build());

    /// <exception cref="StartupException">The setting is neither true nor false.</exception>
    public static void Check(IConfiguration configuration)
    {
        if (configuration[Setting] is { Length: > 0 } text && !bool.TryParse(text, out _))
        {
            throw new StartupException($"{Setting} must be true or false, not {text}.");
        }
    }

    /// <summary>What it changes of the defaults: above the settings file, below the environment.</summary>
    public static void AddTo(ConfigurationManager configuration)
    {
        if (IsOn(configuration))
        {
            var sources = ((IConfigurationBuilder)configuration).Sources;
            var files = sources.Select((source, i) => source is JsonConfigurationSource ? i + 1 : 0).Max();
            sources.Insert(files, new MemoryConfigurationSource { InitialData = [new(HttpsRequired, "false")] });
        }
    }
}
