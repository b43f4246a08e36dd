using CrmImport.Infrastructure.Settings;
using Microsoft.AspNetCore.Cors.Infrastructure;

namespace CrmImport.Infrastructure.Pipeline;

/// <summary>Section <c>Cors</c>: which web pages of other origins may call from a browser.</summary>
internal sealed class CrossOriginOptions : ISettings
{
    public static string Section => "Cors";

    /// <summary>Origins such as <c>https://app.example.com</c>; <c>*</c>, alone, for any, without credentials. None by default.</summary>
    public string[] Origins { get; set; } = [];
}

/// <summary>Cross-origin requests of browsers (Fetch standard, CORS): preflights are answered and answers marked for the origins of the settings; without any, nothing is said and the browser refuses.</summary>
internal static class CrossOrigin
{
    private const string Any = "*";

    private static readonly TimeSpan PreflightLasts = TimeSpan.FromHours(1);

    /// <summary>What a page may read of an answer beside its body.</summary>
    private static readonly string[] Exposed =
        ["ETag", "Location", "X-Outcome", "X-Warnings", "Idempotent-Replayed", "Preference-Applied", "Retry-After", "RateLimit", "RateLimit-Policy", "Content-Digest", "Content-Disposition", "Allow"];

    /// <summary>What is wrong with the origins, a sentence each.</summary>
    public static IReadOnlyList<string> FaultsOf(IConfiguration configuration) =>
        SettingsReader.Read<CrossOriginOptions>(configuration).Origins is var origins ? [.. origins.Select(origin => FaultOf(origin, origins)).OfType<string>()] : [];

    public static void AddCrossOrigin(this WebApplicationBuilder builder)
    {
        var origins = builder.AddSettings<CrossOriginOptions>().Origins;
        StartupException.ThrowIfAny(FaultsOf(builder.Configuration));
        if (origins.Length > 0)
        {
            builder.Services.AddCors(cors => cors.AddDefaultPolicy(policy => Allow(policy, origins)));
        }
    }

    /// <summary>Before access is checked: a browser sends no credential with a preflight.</summary>
    public static void UseCrossOrigin(this WebApplication app)
    {
        if (app.Services.GetService<ICorsService>() is not null)
        {
            app.UseCors();
        }
    }

    private static void Allow(CorsPolicyBuilder policy, string[] origins)
    {
        policy.AllowAnyMethod().AllowAnyHeader().WithExposedHeaders(Exposed).SetPreflightMaxAge(PreflightLasts);
        _ = origins is [Any] ? policy.AllowAnyOrigin() : policy.WithOrigins(origins).AllowCredentials();
    }

    // A browser compares origins as texts: one that is written in another way would never match.
    private static string? FaultOf(string origin, string[] all) =>
        origin == Any ? (all.Length == 1 ? null : $"Cors:Origins has {Any} among others: it must stand alone.")
        : Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Scheme is ("https" or "http") && uri.GetLeftPart(UriPartial.Authority) == origin && uri.UserInfo.Length == 0 ? null
        : $"Cors:Origins has {origin}, which is no origin such as https://app.example.com (scheme, host, and port if it is not the usual one; no path).";
}
