using System.Diagnostics.Metrics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace CrmImport.Infrastructure.Telemetry;

/// <summary>Which build this is.</summary>
internal static class BuildInfo
{
    private static readonly string[] Informational =
        (typeof(BuildInfo).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "").Split('+', 2);

    public static string Version => Informational[0];

    public static Measurement<int> Measurement { get; } = new(
        1,
        new("version", Version),
        new("commit", Informational.ElementAtOrDefault(1) ?? ""),
        new("runtime", RuntimeInformation.FrameworkDescription));
}
