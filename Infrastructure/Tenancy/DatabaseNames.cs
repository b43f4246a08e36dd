using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Settings;
using Microsoft.Extensions.Primitives;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Which database an alias, a host or nothing at all means, by section <c>Tenancy</c>; changes of the settings count at once.</summary>
internal sealed partial class DatabaseNames : IDisposable
{
    /// <summary>First segments of paths, which no database can be called.</summary>
    private static readonly string[] Roots = ["api", "rest", "docs", "openapi", "health", "metrics", "websocket"];

    private readonly IDisposable reloading;
    private volatile Known known;

    public DatabaseNames(IConfiguration configuration, ILogger<DatabaseNames> logger)
    {
        known = Known.Of(configuration);
        reloading = ChangeToken.OnChange(configuration.GetReloadToken, () =>
        {
            if (FaultsOf(configuration) is { Count: > 0 } faults)
            {
                logger.LogError("The changed settings do not count: {Faults}", string.Join(' ', faults));
                return;
            }

            known = Known.Of(configuration);
        });
    }

    /// <summary>What is wrong with the section, a sentence each.</summary>
    public static IReadOnlyList<string> FaultsOf(IConfiguration configuration)
    {
        if (SettingsReader.FaultsOf(configuration, typeof(TenancyOptions)) is { Count: > 0 } faults)
        {
            return faults;
        }

        var options = SettingsReader.Read<TenancyOptions>(configuration);
        return
        [
            .. options.Default.Length > 0 && !DatabaseSettings.IsName(options.Default) ? [$"Tenancy:Default must be the name of a database (cv_…), not {options.Default}."] : Array.Empty<string>(),
            .. options.Hosts.Where(host => !DatabaseSettings.IsName(host.Value)).Select(host => $"Tenancy:Hosts:{host.Key} must be the name of a database (cv_…), not {host.Value}."),
            .. options.Aliases.Where(alias => !DatabaseSettings.IsName(alias.Value)).Select(alias => $"Tenancy:Aliases:{alias.Key} must be the name of a database (cv_…), not {alias.Value}."),
            .. options.Aliases.Keys.Where(alias => !AliasPattern().IsMatch(alias) || IsRoot(alias))
                .Select(alias => $"Tenancy:Aliases:{alias} is not a valid alias: it must be up to 64 letters, digits, '_' and '-', and not the beginning of a route ({string.Join(", ", Roots)})."),
        ];
    }

    public static bool IsRoot(string segment) => Roots.Contains(segment, StringComparer.OrdinalIgnoreCase);

    /// <summary>The database's own name where the name is an alias (in any case), else the name itself.</summary>
    public string Resolve(string name) => known.Aliases.GetValueOrDefault(name, name);

    /// <summary>The database of requests to a host that name none; null: none is set.</summary>
    public string? ForHost(string host) => known.Hosts.TryGetValue(host, out var name) ? name : known.Default;

    public void Dispose() => reloading.Dispose();

    [GeneratedRegex(@"^[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex AliasPattern();

    private sealed record Known(string? Default, IReadOnlyDictionary<string, string> Hosts, IReadOnlyDictionary<string, string> Aliases)
    {
        public static Known Of(IConfiguration configuration)
        {
            var options = SettingsReader.Read<TenancyOptions>(configuration);
            return new(options.Default.Length > 0 ? options.Default : null, IgnoringCase(options.Hosts), IgnoringCase(options.Aliases));
        }

        private static Dictionary<string, string> IgnoringCase(Dictionary<string, string> names) => new(names, StringComparer.OrdinalIgnoreCase);
    }
}
