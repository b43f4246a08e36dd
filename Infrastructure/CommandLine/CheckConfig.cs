using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>--check-config</c>: says all that is wrong with the settings, each by its key, without starting anything.</summary>
internal static class CheckConfig
{
    public static int Run(string[] args)
    {
        var faults = FaultsOf(args);
        foreach (var fault in faults)
        {
            Console.Error.WriteLine(fault);
        }

        if (faults.Count == 0)
        {
            Console.WriteLine("The configuration is valid.");
        }

        return faults.Count == 0 ? CommandLine.Done : CommandLine.Refused;
    }

    private static IReadOnlyList<string> FaultsOf(string[] args)
    {
        var builder = WebApplication.CreateBuilder(Hosting.StartOptions(args));
        var unreadable = SecretFiles.AddTo(builder.Configuration).Unreadable;
        return
        [
            .. unreadable.Select(secret => secret.Fault),
            .. !builder.Environment.IsDevelopment() && !builder.Configuration.GetSection("Databases").GetChildren().Any() && builder.Configuration["Tenancy:Directory"] is not { Length: > 0 } ? [DatabaseSettings.NoneConfigured] : (string[])[],
            .. SettingsCheck.FaultsOf(builder.Configuration).Where(fault => !unreadable.Any(secret => fault.StartsWith($"{secret.Key} ", StringComparison.OrdinalIgnoreCase))), // what would be in the file is not missing
            .. ListenSettings.FaultsOf(builder.Configuration, builder.Environment.ContentRootPath),
        ];
    }
}
