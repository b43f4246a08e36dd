using System.CommandLine;
using System.Text.RegularExpressions;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>What the program does when started: serve (by default), or one of its commands. What cannot start says why in one sentence and exits 1.</summary>
internal static partial class CommandLine
{
    public const int Done = 0;
    public const int Refused = 1;
    public const int WrongUsage = 2;
    public const int Interrupted = 130; // as shells have it

    private const string CheckOption = "--check-config";
    private const string ConnectOption = "--connect";

    // A longer word is no command that somebody meant.
    private const int MaxCommand = 20;

    /// <summary>The further commands are the slices': how each is made from what all commands share.</summary>
    public static Task<int> RunAsync(string[] args, Terminal terminal, Func<string[], WebApplication> build, params Func<CommandHost, Command>[] further)
    {
        if (args.Contains(CheckOption))
        {
            return CheckConfig.RunAsync([.. args.Where(arg => arg is not (CheckOption or ConnectOption))], args.Contains(ConnectOption), terminal);
        }

        var host = new CommandHost([.. args.Where(IsSetting)], terminal, build);
        var serve = new RootCommand(
            "CrmImport creates and updates CRM contacts over HTTP. Without a command it runs the service; settings come from appsettings.json, the environment (Section__Key=value) and --Section:Key=value. "
            + "Commands work on the same databases as the service, whether or not it is running. Exit codes: 0 done, 1 refused or failed, 2 wrong usage.")
        {
            TreatUnmatchedTokensAsErrors = false,
        };
        var check = new Option<bool>(CheckOption) { Description = "Validate the configuration, list every error by its key, and exit: 0 if it is valid, else 1." };
        var connect = new Option<bool>(ConnectOption) { Description = "With --check-config: also connect to each database, and report those that cannot be reached or used." };
        serve.Options.Add(check);
        serve.Options.Add(connect);
        serve.SetAction((_, cancellationToken) => GuardAsync(terminal, () => ServeAsync(build(args), cancellationToken)));
        serve.Subcommands.Add(Migrate(args, terminal, build));
        serve.Subcommands.Add(HealthCommand.Make([.. args.Where(IsSetting)], terminal));
        foreach (var make in further.Prepend(SigningKeyCommands.Make).Prepend(DatabaseCommands.Make))
        {
            serve.Subcommands.Add(make(host));
        }

        var printer = new CommandPrinter(terminal, args.Contains(CommandHost.JsonOption));
        var parsed = serve.Parse([.. args.Where(arg => !IsSetting(arg))]);
        if (parsed.CommandResult.Command == serve && args.FirstOrDefault() is { } first && !first.StartsWith('-') && !first.StartsWith('/') && !first.Contains('='))
        {
            return Task.FromResult(printer.PrintWrongUsage($"Unknown command {first}; the commands are {string.Join(", ", serve.Subcommands.Select(command => command.Name))}. See --help."));
        }

        // The root takes what it does not know, for the host's sake, and with it the library takes it everywhere.
        if (parsed.Errors.Count > 0 || (parsed.UnmatchedTokens.Count > 0 && parsed.CommandResult.Command.TreatUnmatchedTokensAsErrors))
        {
            return Task.FromResult(printer.PrintWrongUsage(WhatIsWrong(parsed)));
        }

        // The host has its own way with Ctrl-C and SIGTERM: it drains, and may take longer than this library would wait.
        return parsed.InvokeAsync(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
    }

    // What is one argument too many is not repeated: it may be a password that somebody thought would be taken.
    private static IEnumerable<string> WhatIsWrong(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command.Name;
        if (parsed.CommandResult.Command.Subcommands is { Count: > 0 } subcommands && parsed.CommandResult.Command is not RootCommand)
        {
            yield return $"{(parsed.UnmatchedTokens is [{ } unknown, ..] && !unknown.StartsWith('-') && unknown.Length <= MaxCommand ? $"{command} has no command {unknown}" : $"{command} needs a command")}; it has {string.Join(", ", subcommands.Select(sub => sub.Name))}.";
            yield break;
        }

        foreach (var token in parsed.UnmatchedTokens)
        {
            yield return token.StartsWith('-') && !token.Contains(' ')
                ? $"{command} has no option {token.Split('=')[0]}; see {command} --help. Secrets are prompted for or read from standard input."
                : $"{command} takes fewer arguments; see {command} --help. Secrets are prompted for or read from standard input.";
        }

        foreach (var error in parsed.Errors.Where(error => !parsed.UnmatchedTokens.Any(token => error.Message.Contains(token, StringComparison.Ordinal))))
        {
            yield return CannotParse().Match(error.Message) is { Success: true } match // the library's own words name a type
                ? $"{match.Groups["option"].Value} does not take {match.Groups["value"].Value}; see {command} --help."
                : error.Message;
        }
    }

    private static Command Migrate(string[] args, Terminal terminal, Func<string[], WebApplication> build)
    {
        var migrate = new Command("migrate", "Migrate the schema of every configured database and exit.") { TreatUnmatchedTokensAsErrors = false };
        migrate.SetAction((_, cancellationToken) => GuardAsync(terminal, () => MigrateAsync(build(args), terminal, cancellationToken)));
        return migrate;
    }

    private static async Task<int> ServeAsync(WebApplication app, CancellationToken cancellationToken)
    {
        StartupException.ThrowIfAny([.. ListenSettings.FaultsOf(app.Configuration, app.Environment.ContentRootPath)]);
        await app.RunAsync(cancellationToken);
        return Done;
    }

    private static async Task<int> MigrateAsync(WebApplication app, Terminal terminal, CancellationToken cancellationToken)
    {
        await using (app)
        {
            await app.Services.GetRequiredService<DatabaseStartup>().OpenAllAsync(cancellationToken);
            foreach (var tenant in app.Services.GetRequiredService<Tenants>().All)
            {
                await terminal.Out.WriteLineAsync($"{tenant.Name} is up to date");
            }
        }

        return Done;
    }

    private static async Task<int> GuardAsync(Terminal terminal, Func<Task<int>> run)
    {
        try
        {
            return await run();
        }
        catch (Exception exception) when (Hosting.WhyNotStarted(exception) is { } sentence)
        {
            await terminal.Error.WriteLineAsync(sentence);
            return Refused;
        }
    }

    private static bool IsSetting(string argument) => SettingPattern().IsMatch(argument);

    [GeneratedRegex("^Cannot parse argument '(?<value>.*)' for option '(?<option>[^']*)'", RegexOptions.Singleline)]
    private static partial Regex CannotParse();

    /// <summary>A setting, as the service takes it too: --Section:Key=value.</summary>
    [GeneratedRegex("^--[A-Za-z]+:[^=]+=")]
    private static partial Regex SettingPattern();
}
