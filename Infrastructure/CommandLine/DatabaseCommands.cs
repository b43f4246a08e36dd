using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>database add</c> and <c>list</c>: the databases that the service serves.</summary>
internal static class DatabaseCommands
{
    public static Command Make(CommandHost host)
    {
        var name = new Argument<string>("name") { Description = "The database's name: cv_ followed by up to 59 of a-z, 0-9 and _." };
        name.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var given }] && !DatabaseSettings.IsName(given))
            {
                result.AddError($"{given} is not a valid database name: it must be cv_ followed by up to 59 of a-z, 0-9 and _.");
            }
        });
        return CommandHost.Group(
            "database",
            "The databases the service serves.",
            host.OfDatabases(
                "add",
                "Create a database if it is missing, and migrate its schema. Its connection string is the setting Databases:{name}; without one it is prompted for or read from "
                + "the first line of standard input. In development without configured databases it is created in the embedded PostgreSQL. Prints what to do next.",
                [name],
                (parsed, services, cancellationToken) => AddAsync(parsed.GetValue(name)!, services, cancellationToken)),
            host.OfDatabases("list", "List the configured databases, or those in the embedded PostgreSQL.", [], ListAsync));
    }

    private static async Task<Answer<CommandOutput>> AddAsync(string name, IServiceProvider services, CancellationToken cancellationToken)
    {
        var startup = services.GetRequiredService<DatabaseStartup>();
        var configured = DatabaseSettings.Read(services.GetRequiredService<IConfiguration>());
        var isEmbedded = configured.Count == 0 && services.GetRequiredService<IHostEnvironment>().IsDevelopment();
        var isConfigured = configured.TryGetValue(name, out var connectionString);
        bool isNew;
        if (isEmbedded)
        {
            isNew = !(await startup.FindAsync(mayJoin: true, cancellationToken)).ContainsKey(name);
            connectionString = await startup.AddEmbeddedAsync(name, cancellationToken);
        }
        else
        {
            connectionString = Named(connectionString ?? SecretInput.Read($"connection string of {name}", twice: false), name);
            isNew = await NewDatabase.EnsureAsync(connectionString, cancellationToken);
        }

        await startup.OpenAsync(name, connectionString, cancellationToken);
        string[] next =
        [
            .. isConfigured || isEmbedded ? Array.Empty<string>() : [$"Databases__{name}__File=/path/to/a/file/that/holds/its/connection/string"],
            DatabaseStartup.FirstAdministrator(name),
        ];
        return new CommandOutput(
            new JsonObject { ["database"] = name, ["created"] = isNew, ["next"] = new JsonArray([.. next.Select(line => JsonValue.Create(line))]) },
            $"""
            {name} is {(isNew ? "made" : "there")} and up to date. Next:
            {(next.Length > 1 ? $"- add this setting to every service and to the commands: {next[0]}\n" : "")}- create its first administrator: {next[^1]}
            - restart the services: they serve the databases that were configured when they started
            """);
    }

    private static async Task<Answer<CommandOutput>> ListAsync(ParseResult parsed, IServiceProvider services, CancellationToken cancellationToken)
    {
        var databases = (await services.GetRequiredService<DatabaseStartup>().FindAsync(mayJoin: true, cancellationToken))
            .OrderBy(database => database.Key, StringComparer.Ordinal)
            .Select(database => (Name: database.Key, Server: new NpgsqlConnectionStringBuilder(database.Value)))
            .ToArray();
        return new CommandOutput(
            new JsonArray([.. databases.Select(database => new JsonObject { ["name"] = database.Name, ["host"] = database.Server.Host, ["database"] = database.Server.Database })]),
            string.Join('\n', databases.Select(database => $"{database.Name}  {database.Server.Database} on {database.Server.Host}")));
    }

    private static string Named(string connectionString, string name)
    {
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            settings.Database ??= name;
            return settings.ConnectionString;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new WrongUsageException("That is not a connection string; expected Host=…;Database=…;Username=…;Password=…"); // the driver's words may repeat a part of it
        }
    }
}
