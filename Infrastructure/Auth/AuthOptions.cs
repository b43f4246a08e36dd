using System.ComponentModel.DataAnnotations;
using CrmImport.Infrastructure.Settings;

namespace CrmImport.Infrastructure.Auth;

/// <summary>Section <c>Auth</c>: how long credentials live and what a password hash costs.</summary>
internal sealed class AuthOptions : ISettings
{
    public static string Section => "Auth";

    /// <summary>Life of an access token, in minutes.</summary>
    [Range(1, 1440)]
    public int AccessTokenMinutes { get; set; } = 60;

    /// <summary>Life of an access token that an access key is exchanged for, in minutes.</summary>
    [Range(1, 1440)]
    public int ServiceTokenMinutes { get; set; } = 15;

    /// <summary>Lifetime of a refresh token in days; each refresh restarts it.</summary>
    [Range(1, 365)]
    public int RefreshTokenDays { get; set; } = 30;

    /// <summary>How long a spent refresh token still yields the successor it was exchanged for, in seconds, for a client that lost the answer.</summary>
    [Range(0, 60)]
    public int RefreshGraceSeconds { get; set; } = 10;

    /// <summary>Fewest characters of a new password.</summary>
    [Range(1, PasswordHasher.MaxLength)]
    public int PasswordMinLength { get; set; } = 8;

    /// <summary>PBKDF2-HMAC-SHA512 rounds of a new password hash; older ones are renewed at login.</summary>
    [Range(220_000, 10_000_000)]
    public int PasswordIterations { get; set; } = 220_000;

    /// <summary>Under which the keys that sign access tokens are sealed in the database; empty: they are stored unencrypted. A secret: never part of a message.</summary>
    [RegularExpression("(?s).{32,}", ErrorMessage = "{0} must have at least 32 characters.")]
    public string KeyProtection { get; set; } = "";
}
