using System.Net.Sockets;
using CrmImport.Infrastructure.Audit;
using CrmImport.Infrastructure.Auth;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Database.Embedded;
using CrmImport.Infrastructure.Http;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Records.Writes;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Tenancy;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Npgsql;

namespace CrmImport.Infrastructure.Startup;

/// <summary>Services by concern, and the settings they take.</summary>
internal static class Hosting
{
    private const string DefaultUrl = "http://localhost:8080";

    /// <summary>Where the settings and, in development, the data are: the directory it is started in if it holds the settings, else the program's own.</summary>
    public static WebApplicationOptions StartOptions(string[] args) => new()
    {
        Args = args,
        ContentRootPath = File.Exists("appsettings.json") ? null : AppContext.BaseDirectory,
    };

    public static void AddConfiguration(this WebApplicationBuilder builder)
    {
        builder.Configuration.AddSecretFiles();
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<AuthOptions>(builder.Configuration, "Auth")));
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<AuditOptions>(builder.Configuration, "Audit")));
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<EmbeddedPostgresOptions>(builder.Configuration, "Embedded")));
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<WriteQueueOptions>(builder.Configuration, "Writes")));
        builder.Services.AddSingleton(Options.Create(SettingsReader.Read<LoginsOptions>(builder.Configuration, "Logins")));
        builder.Services.AddSingleton(TimeProvider.System);

        var limits = SettingsReader.Read<LimitsOptions>(builder.Configuration, "Limits");
        var connections = new OpenConnections(Options.Create(limits));
        builder.Services.AddSingleton(Options.Create(limits));
        builder.Services.AddSingleton(connections);
        builder.Services.AddHostedService<BrokenRequests>();
        builder.AddTransport();
        builder.WebHost.ConfigureKestrel(kestrel => ServerLimits.Apply(kestrel, limits, connections));
        if (builder.Configuration["urls"] is null && builder.Configuration["http_ports"] is null && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            builder.WebHost.UseUrls(DefaultUrl);
        }
    }

    public static void AddDatabases(this IServiceCollection services)
    {
        services.AddSingleton<Tenants>();
        services.AddSingleton<Housekeeping>();
        services.AddSingleton<DemoData>();
        services.AddSingleton<DatabaseStartup>();
        services.AddHostedService(provider => provider.GetRequiredService<DatabaseStartup>());
        services.AddSingleton<RecordWriter>();
        services.AddSingleton<IdempotencyExpiry>();
        services.AddHostedService(provider => provider.GetRequiredService<IdempotencyExpiry>());
        services.AddSingleton<RefusedCalls>();
        services.AddHostedService<RefusedCallWriter>(); // after the databases' own, so that it stops before they close
        services.AddHostedService<RefusedCallExpiry>();
        services.AddHostedService<QuickStart>();
    }

    public static void AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<LoginGuard>();
        services.AddSingleton<LoginFailureExpiry>();
        services.AddHostedService(provider => provider.GetRequiredService<LoginFailureExpiry>());
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ServiceKeys>();
        services.AddSingleton<KeyUse>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyUse>());
        services.AddHostedService<OpenEndpoints>();
        services.AddSingleton<ApiPasswords>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<SessionIssuer>();
    }

    /// <summary>Who calls, whether that is permitted, and whether it is not too often.</summary>
    public static void UseAccess(this WebApplication app)
    {
        app.UseMiddleware<AccessMiddleware>();
        app.UseMiddleware<PrincipalLimitMiddleware>();
    }

    /// <summary>Why the service could not start, in one sentence; null where the exception is a fault of ours.</summary>
    public static string? WhyNotStarted(Exception exception) => exception switch
    {
        StartupException or EmbeddedPostgresException => exception.Message,
        IOException { InnerException: AddressInUseException or SocketException } address => $"{address.Message} Choose another with --urls.",
        NpgsqlException database => $"The database cannot be reached: {database.Message}",
        _ => null,
    };
}
