using Microsoft.Extensions.Options;

namespace CrmImport.Infrastructure.Settings;

internal static class SettingsRegistration
{
    /// <summary>Reads a section into its options, validates them and registers them as <c>IOptions</c>.</summary>
    public static TOptions AddSettings<TOptions>(this WebApplicationBuilder builder)
        where TOptions : class, ISettings, new()
    {
        var options = SettingsReader.Read<TOptions>(builder.Configuration);
        builder.Services.AddSingleton(Options.Create(options));
        return options;
    }
}
