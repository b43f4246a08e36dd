using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Settings;
using Npgsql;

namespace CrmImport.Infrastructure.Tenancy;

/// <summary>Section <c>Databases</c>: a connection string for each database, by its name, or a file that holds it.</summary>
internal static partial class DatabaseSettings
{
    // Two databases and a replica stay well below the 100 connections that PostgreSQL allows by default; callers wait for one in the service.
    private const int DefaultPoolSize = 20;

    private const int MinPoolSize = 4;

    // In seconds, the driver's least: a server that is there takes a connection in milliseconds, and callers of one that is not want to know.
    private const int DefaultTimeout = 1;

    // In seconds: the longest that a caller waits for a statement. One under way in a database that begins to hang is given up within 15, with the cancelling.
    private const int DefaultCommandTimeout = 10;

    // In milliseconds: how long a cancelled statement may take to end before its connection is closed.
    private const int DefaultCancellation = 500;

    public const string NoneConfigured =
        "No database is configured: set Databases__cv_masterdb to a PostgreSQL connection string (or run with ASPNETCORE_ENVIRONMENT=Development for an embedded one).";

    /// <summary>The databases that are configured; every name and connection string checked.</summary>
    public static IReadOnlyDictionary<string, string> Read(IConfiguration configuration)
    {
        var databases = configuration.GetSection("Databases").GetChildren().ToArray();
        StartupException.ThrowIfAny([.. databases.Select(FaultOf).OfType<string>()]);
        return databases.ToDictionary(database => database.Key, database => WithDefaults(database.Value!), StringComparer.Ordinal);
    }

    public static bool IsName(string name) => NamePattern().IsMatch(name);

    /// <summary>
    /// The connection string with what this service's use of PostgreSQL allows: no clean-up of a session nobody changes. No automatic preparation, whatever was
    /// configured: when a statement fails in the very use that prepares it, the next use of it on that connection throws "Received unexpected backend message DataRow",
    /// and a caller that did nothing wrong gets a 500 (npgsql issue 6391, open; tried again with 10.0.3: as with 10.0.0, whichever use prepares it).
    /// </summary>
    public static string WithDefaults(string connectionString) =>
        new NpgsqlConnectionStringBuilder($"Maximum Pool Size={DefaultPoolSize};Timeout={DefaultTimeout};Command Timeout={DefaultCommandTimeout};Cancellation Timeout={DefaultCancellation};{connectionString}") { NoResetOnClose = true, MaxAutoPrepare = 0, ApplicationName = "CrmImport" }.ToString();

    /// <summary>Whether two connection strings differ in their password at most.</summary>
    public static bool LeadToTheSame(string one, string other)
    {
        var (a, b) = (new NpgsqlConnectionStringBuilder(WithDefaults(one)), new NpgsqlConnectionStringBuilder(WithDefaults(other)));
        var samePassword = (a.Password is null) == (b.Password is null);
        (a.Password, b.Password) = (null, null);
        return samePassword && a.ToString() == b.ToString();
    }

    /// <summary>The password in the database's connection string as it is configured now; null where there is none.</summary>
    public static string? PasswordOf(IConfiguration configuration, string name)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(configuration[$"Databases:{name}"]).Password;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            return null; // half written: the earlier one is tried
        }
    }

    private static string? FaultOf(IConfigurationSection database)
    {
        if (!IsName(database.Key))
        {
            return $"{database.Path} is not a valid database name: it must be cv_ followed by up to 59 of a-z, 0-9 and _.";
        }

        if (database.Value is not { Length: > 0 } text)
        {
            return $"{database.Path} has no connection string.";
        }

        try
        {
            if (new NpgsqlConnectionStringBuilder(WithDefaults(text)).MaxPoolSize < MinPoolSize)
            {
                return $"{database.Path}: Maximum Pool Size must be at least {MinPoolSize}; two connections wait for changes.";
            }

            using var unused = new NpgsqlDataSourceBuilder(WithDefaults(text)) { Name = database.Key }.Build(); // finds out what is missing, and connects to nothing
            return null;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            return $"{database.Path} is not a valid connection string: {exception.Message.TrimEnd('.')}.";
        }
    }

    [GeneratedRegex(@"^cv_[a-z0-9_]{1,59}\z")]
    private static partial Regex NamePattern();
}
