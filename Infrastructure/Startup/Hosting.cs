using System.Net.Sockets;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.AspNetCore.Connections;
using Npgsql;

namespace CrmImport.Infrastructure.Startup;

/// <summary>The databases as services of the host, and how it starts.</summary>
internal static class Hosting
{
    /// <summary>Where the settings and, in development, the data are: the directory it is started in if it holds the settings, else the program's own.</summary>
    public static WebApplicationOptions StartOptions(string[] args) => new()
    {
        Args = args,
        EnvironmentName = DemoMode.IsAskedFor(args) ? Environments.Development : null,
        ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory,
    };

    /// <summary>Adds the settings that come from files, and checks all of them.</summary>
    /// <exception cref="StartupException">What is wrong with them, all of it.</exception>
    public static void AddConfiguration(this WebApplicationBuilder builder)
    {
        DemoMode.AddTo(builder.Configuration);
        var secrets = SecretFiles.AddTo(builder.Configuration);
        StartupException.ThrowIfAny([.. secrets.Unreadable.Select(secret => secret.Fault)]);
        StartupException.ThrowIfAny(SettingsCheck.FaultsOf(builder.Configuration));
        builder.Services.AddSingleton(secrets);
    }

    public static void AddDatabases(this WebApplicationBuilder builder)
    {
        builder.AddSettings<EmbeddedPostgresOptions>();
        builder.AddSettings<QueryOptions>();
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<DatabaseNames>();
        builder.Services.AddSingleton<Tenants>();
        builder.Services.AddSingleton<Housekeeping>();
        builder.Services.AddSingleton<DemoData>();
        builder.Services.AddSingleton<DatabaseOpener>();
        builder.Services.AddSingleton<DatabaseStartup>();
        builder.Services.AddHostedService(provider => provider.GetRequiredService<DatabaseStartup>());
        builder.Services.AddHostedService<DatabaseReload>();
    }

    /// <summary>How the service stops: <c>Shutdown:DelaySeconds</c> come on top of the time that the host has for it.</summary>
    public static void AddShutdown(this WebApplicationBuilder builder)
    {
        var delay = TimeSpan.FromSeconds(builder.AddSettings<ShutdownOptions>().DelaySeconds);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout += delay);
        builder.Services.AddHostedService<Draining>();
    }

    /// <summary>Says where the service listens, with lines to paste where there is demo data.</summary>
    /// <param name="sampleContact">The contact that is upserted by the lines, as JSON.</param>
    public static void AddQuickStart(this WebApplicationBuilder builder, string sampleContact) =>
        builder.Services.AddHostedService(provider => ActivatorUtilities.CreateInstance<QuickStart>(provider, sampleContact));

    /// <summary>Why the service could not start, in one sentence; null where the exception is a fault of ours.</summary>
    public static string? WhyNotStarted(Exception exception) => exception switch
    {
        StartupException or EmbeddedPostgresException => exception.Message,
        IOException { InnerException: AddressInUseException or SocketException } address => $"{address.Message} Choose another with --urls.",
        NpgsqlException database => $"The database cannot be reached: {database.Message}",
        InvalidOperationException { Source: "Microsoft.AspNetCore.Server.Kestrel.Core" } server => $"{server.Message.Split('\n')[0].TrimEnd()} See the settings urls, Kestrel:Endpoints and Kestrel:Certificates.",
        _ => null,
    };
}
