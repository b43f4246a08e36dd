using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Credentials of every kind, and the sessions they open.</summary>
internal static class AuthRegistration
{
    public static void AddAuth(this WebApplicationBuilder builder)
    {
        builder.AddSettings<AuthOptions>();
        builder.AddSettings<LoginsOptions>();
        builder.AddSettings<OidcOptions>();
        StartupException.ThrowIfAny(OidcOptions.FaultsOf(builder.Configuration));
        var services = builder.Services;
        services.AddSingleton<PasswordHasher>();
        services.AddSingleton<PasswordCheck>();
        services.AddSingleton<AddressFailures>();
        services.AddSingleton<LoginGuard>();
        services.AddSingleton<LoginFailureExpiry>();
        services.AddHostedService(provider => provider.GetRequiredService<LoginFailureExpiry>());
        services.AddSingleton<AccessTokens>();
        services.AddSingleton<ProviderTokens>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ServiceKeys>();
        services.AddSingleton<KeyUse>();
        services.AddHostedService(provider => provider.GetRequiredService<KeyUse>());
        services.AddSingleton<ApiPasswords>();
        services.AddSingleton<Credentials>();
        services.AddSingleton<SessionIssuer>();
    }
}
