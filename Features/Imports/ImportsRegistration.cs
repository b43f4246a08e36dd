using CrmImport.Features.Imports.Running;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Features.Imports;

internal static class ImportsRegistration
{
    /// <summary>What carries imports out, and deletes them in the end. After the databases, so that what runs comes to a stop before they close.</summary>
    public static void AddImports(this WebApplicationBuilder builder)
    {
        builder.AddSettings<ImportsOptions>();
        System.Text.Encoding.RegisterProvider(System.Text.CodePagesEncodingProvider.Instance); // windows-1252 and others of the old encodings
        builder.Services.AddSingleton<ImportTurns>();
        builder.Services.AddHostedService<ImportRunner>();
        builder.Services.AddSingleton<ImportExpiry>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<ImportExpiry>());
    }
}
