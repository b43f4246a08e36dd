using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>--check-config</c>: says all that is wrong with the settings, each by its key, without starting anything; with <c>--connect</c>, whether the databases can be used.</summary>
internal static class CheckConfig
{
    private const int OldestServer = 15;

    /// <param name="args">The settings on the command line.</param>
    /// <param name="connects">Whether each database is connected to as well; nothing is changed there.</param>
    /// <param name="terminal">Where to.</param>
    public static async Task<int> RunAsync(string[] args, bool connects, Terminal terminal)
    {
        var builder = WebApplication.CreateBuilder(Hosting.StartOptions(args));
        var faults = FaultsOf(builder);
        if (faults.Count == 0 && connects)
        {
            faults = [.. (await Task.WhenAll(DatabaseSettings.Read(builder.Configuration).Select(database => ConnectAsync(database.Key, database.Value)))).OfType<string>()];
        }

        foreach (var fault in faults)
        {
            await terminal.Error.WriteLineAsync(fault);
        }

        if (faults.Count == 0)
        {
            await terminal.Out.WriteLineAsync(connects ? "The configuration is valid, and every database can be used." : "The configuration is valid.");
        }

        return faults.Count == 0 ? CommandLine.Done : CommandLine.Refused;
    }

    private static async Task<string?> ConnectAsync(string name, string connectionString)
    {
        try
        {
            await using var source = NewDatabase.Unpooled(connectionString);
            await using var connection = await source.OpenConnectionAsync();
            await using var command = new NpgsqlCommand("select pg_has_role(datdba, 'USAGE') from pg_database where datname = current_database()", connection);
            return connection.PostgreSqlVersion.Major < OldestServer ? $"Databases:{name}: PostgreSQL {connection.PostgreSqlVersion} is too old; {OldestServer} or later is needed."
                : await command.ExecuteScalarAsync() is true ? null
                : $"Databases:{name}: the user does not own the database.";
        }
        catch (NpgsqlException exception)
        {
            return $"Databases:{name} cannot be reached: {exception.Message}";
        }
    }

    private static IReadOnlyList<string> FaultsOf(WebApplicationBuilder builder)
    {
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
