using System.CommandLine;
using System.Text.Json.Nodes;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Database;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;
using Npgsql;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary><c>database add</c> and <c>list</c>: the databases that the service serves.</summary>
internal static class DatabaseCommands
{
    private const string DirectorySetting = "Tenancy:Directory";

    public static Command Make(CommandHost host)
    {
        var (added, removed) = (NewName(), NewName());
        return CommandHost.Group(
            "database",
            "The databases the service serves.",
            host.OfDatabases(
                "add",
                "Create a database if it is missing, migrate its schema, and have it served. Its connection string is the setting Databases:{name}; without one it is prompted for or read from "
                + "the first line of standard input, and written to a file of the directory Tenancy:Directory where that is set: running services serve it within seconds. In development "
                + "without configured databases it is created in the embedded PostgreSQL. Prints what to do next.",
                [added],
                (parsed, services, cancellationToken) => AddAsync(parsed.GetValue(added)!, services, host.Terminal, cancellationToken)),
            host.OfDatabases(
                "remove",
                "Have a database served no more: its file in the directory Tenancy:Directory is deleted, and running services close it within seconds. Its data stay. In development it is taken out of service in the embedded PostgreSQL; `database add` brings it back.",
                [removed],
                (parsed, services, cancellationToken) => RemoveAsync(parsed.GetValue(removed)!, services, cancellationToken)),
            host.OfDatabases("list", "List the configured databases, or those in the embedded PostgreSQL.", [], ListAsync));
    }

    private static Argument<string> NewName()
    {
        var name = new Argument<string>("name") { Description = "The database's name: cv_ followed by up to 59 of a-z, 0-9 and _." };
        name.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: var given }] && !DatabaseSettings.IsName(given))
            {
                result.AddError($"{given} is not a valid database name: it must be cv_ followed by up to 59 of a-z, 0-9 and _.");
            }
        });
        return name;
    }

    private static async Task<Answer<CommandOutput>> AddAsync(string name, IServiceProvider services, Terminal terminal, CancellationToken cancellationToken)
    {
        var startup = services.GetRequiredService<DatabaseStartup>();
        var configuration = services.GetRequiredService<IConfiguration>();
        var configured = DatabaseSettings.Read(configuration);
        var file = FileOf(configuration, name);
        var isEmbedded = IsEmbedded(services, configured);
        var isConfigured = configured.TryGetValue(name, out var connectionString);
        bool isNew;
        if (isEmbedded)
        {
            isNew = !(await startup.FindAsync(mayJoin: true, cancellationToken)).ContainsKey(name);
            connectionString = await startup.AddEmbeddedAsync(name, cancellationToken);
        }
        else
        {
            connectionString = Named(connectionString ?? terminal.ReadSecret($"connection string of {name}", twice: false), name);
            isNew = await NewDatabase.EnsureAsync(connectionString, cancellationToken);
        }

        await startup.OpenAsync(name, connectionString, cancellationToken);
        if (!isConfigured && !isEmbedded && file is not null)
        {
            await WriteAsync(file, connectionString, cancellationToken);
            isConfigured = true;
        }

        string[] next =
        [
            .. isConfigured || isEmbedded ? Array.Empty<string>() : [$"Databases__{name}__File=/path/to/a/file/that/holds/its/connection/string"],
            DatabaseOpener.FirstAdministrator(name),
        ];
        return new CommandOutput(
            new JsonObject { ["database"] = name, ["created"] = isNew, ["next"] = new JsonArray([.. next.Select(line => JsonValue.Create(line))]) },
            $"""
            {name} is {(isNew ? "created" : "available")} and up to date. Next:
            {(next.Length > 1 ? $"- add this setting to every service and to the commands, and restart the services: {next[0]}\n" : "")}- create its first administrator: {next[^1]}
            {(next.Length > 1 ? $"With {DirectorySetting}, services serve what is added without a restart." : "Running services serve it within a few seconds.")}
            """);
    }

    private static async Task<Answer<CommandOutput>> RemoveAsync(string name, IServiceProvider services, CancellationToken cancellationToken)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var configured = DatabaseSettings.Read(configuration);
        if (IsEmbedded(services, configured))
        {
            var startup = services.GetRequiredService<DatabaseStartup>();
            if (!(await startup.FindAsync(mayJoin: true, cancellationToken)).ContainsKey(name))
            {
                throw new StartupException($"Unknown database {name}.");
            }

            await startup.RemoveEmbeddedAsync(name, cancellationToken);
        }
        else if (FileOf(configuration, name) is { } file && File.Exists(file))
        {
            File.Delete(file);
        }
        else
        {
            throw new StartupException(configured.ContainsKey(name)
                ? $"{name} is configured by the setting Databases:{name}: remove that setting, and restart the services."
                : $"Unknown database {name}; the databases are: {string.Join(", ", configured.Keys.Order(StringComparer.Ordinal))}");
        }

        return new CommandOutput(new JsonObject { ["database"] = name }, $"{name} is removed; running services close it within a few seconds. Its data stay in PostgreSQL.");
    }

    private static bool IsEmbedded(IServiceProvider services, IReadOnlyDictionary<string, string> configured) =>
        configured.Count == 0 && services.GetRequiredService<IConfiguration>()[DirectorySetting] is not { Length: > 0 } && services.GetRequiredService<IHostEnvironment>().IsDevelopment();

    private static string? FileOf(IConfiguration configuration, string name) => configuration[DirectorySetting] is { Length: > 0 } directory ? Path.Combine(directory, name) : null;

    // Whole or not at all, since services read the directory; and for the service's user only.
    private static async Task WriteAsync(string file, string text, CancellationToken cancellationToken)
    {
        var written = Path.Combine(Path.GetDirectoryName(file)!, $".{Path.GetFileName(file)}.{Guid.NewGuid():N}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        await using (var writer = new StreamWriter(written, options))
        {
            await writer.WriteAsync(text.AsMemory(), cancellationToken);
        }

        File.Move(written, file, overwrite: true);
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
