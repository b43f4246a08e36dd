using System.CommandLine;
using System.Diagnostics;
using System.Runtime.InteropServices;
using CrmImport.Infrastructure.Answers;
using CrmImport.Infrastructure.Callers;
using CrmImport.Infrastructure.Pipeline;
using CrmImport.Infrastructure.Settings;
using CrmImport.Infrastructure.Startup;
using CrmImport.Infrastructure.Tenancy;

namespace CrmImport.Infrastructure.CommandLine;

/// <summary>What a command works with: its arguments, the service's parts, the database it is for, the account its changes are written to and where a secret is read from.</summary>
internal sealed record CommandCall(ParseResult Parsed, IServiceProvider Services, Tenant Tenant, Caller Caller, Terminal Terminal, CancellationToken CancellationToken);

/// <summary>What all commands share: the options, the service built without listening, how results and failures are printed.</summary>
internal sealed class CommandHost(string[] settings, Terminal terminal, Func<string[], WebApplication> build)
{
    public const string JsonOption = "--json";

    /// <summary>Standard output belongs to the command: the log goes to standard error, warnings and errors only.</summary>
    private static readonly string[] Quiet = ["--Logging:Console:LogToStandardErrorThreshold=Trace", "--Logging:LogLevel:Default=Warning"];

    private readonly Option<bool> json = new(JsonOption) { Description = "Print JSON: the result on standard output, a failure on standard error." };
    private readonly Option<string?> database = new("--database") { Description = "The database to work on, cv_…; optional if there is only one." };

    private static readonly Option<string> To = new("--to") { Description = "Where the service listens.", DefaultValueFactory = _ => ListenSettings.DefaultUrl };
    private static readonly Option<string?> Account = new("--account") { Description = "The operator to log in as; the password is prompted for, or read from the first line of standard input. Left out: an access key is, instead." };
    private static readonly Option<FileInfo> CaFile = new Option<FileInfo>("--ca-file") { Description = "A PEM file with the certificates of the authority that signed the service's certificate, where the system does not trust it." }.AcceptExistingOnly();

    public Terminal Terminal => terminal;

    /// <summary>A command that works in one database.</summary>
    public Command InDatabase(string name, string description, IEnumerable<Symbol> takes, Func<CommandCall, Task<Answer<CommandOutput>>> run)
    {
        var command = NewCommand(name, description, takes);
        command.Options.Add(database);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, async services =>
        {
            var tenant = await OpenAsync(services.GetRequiredService<DatabaseStartup>(), parsed.GetValue(database), cancellationToken);
            return await run(new CommandCall(parsed, services, tenant, CallerOf(parsed), terminal, cancellationToken));
        }));
        return command;
    }

    /// <summary>A command about databases, that opens those it needs itself.</summary>
    public Command OfDatabases(string name, string description, IEnumerable<Symbol> takes, Func<ParseResult, IServiceProvider, CancellationToken, Task<Answer<CommandOutput>>> run)
    {
        var command = NewCommand(name, description, takes);
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, services => run(parsed, services, cancellationToken)));
        return command;
    }

    /// <summary>A command that calls a running service, and returns its exit code.</summary>
    public Command OverHttp(string name, string description, IEnumerable<Symbol> takes, Func<ParseResult, ServiceClient, CommandPrinter, CancellationToken, Task<int>> run)
    {
        var command = NewCommand(name, description, [.. takes, To, Account, CaFile]);
        command.Options.Add(database);
        command.SetAction((parsed, cancellationToken) => CallAsync(parsed, run, cancellationToken));
        return command;
    }

    public static Command Group(string name, string description, params IEnumerable<Command> commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands)
        {
            group.Subcommands.Add(command);
        }

        return group;
    }

    private Command NewCommand(string name, string description, IEnumerable<Symbol> takes)
    {
        var command = new Command(name, description);
        foreach (var symbol in takes)
        {
            if (symbol is Option option)
            {
                command.Options.Add(option);
            }
            else
            {
                command.Arguments.Add((Argument)symbol);
            }
        }

        command.Options.Add(json);
        return command;
    }

    private async Task<int> CallAsync(ParseResult parsed, Func<ParseResult, ServiceClient, CommandPrinter, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        var (printer, to, account, caFile) = (new CommandPrinter(terminal, parsed.GetValue(json)), parsed.GetRequiredValue(To), parsed.GetValue(Account), parsed.GetValue(CaFile));
        using var interrupted = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true; // the command says how things are, and ends by itself
            interrupted.Cancel();
        });
        try
        {
            if (!Uri.TryCreate(to, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            {
                throw new WrongUsageException($"--to must be a URL such as {ListenSettings.DefaultUrl}, not {to}.");
            }

            using var client = new ServiceClient(url, parsed.GetValue(database), account, terminal.ReadSecret(account is null ? "access key" : "password", twice: false), caFile);
            return await run(parsed, client, printer, interrupted.Token);
        }
        catch (WrongUsageException exception)
        {
            return printer.PrintWrongUsage(exception.Message);
        }
        catch (ServiceRefusalException refusal)
        {
            return printer.PrintFailure(refusal.Body, refusal.Message);
        }
        catch (OperationCanceledException exception) when (interrupted.IsCancellationRequested)
        {
            printer.PrintFailure(exception is InterruptedException ? exception.Message : "Interrupted.");
            return CommandLine.Interrupted;
        }
        catch (Exception exception) when (ServiceClient.WhyNot(exception, to, caFile) is { } sentence)
        {
            return printer.PrintFailure(sentence);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return printer.PrintFailure(exception.Message); // a file that cannot be read or written
        }
    }

    private async Task<int> RunAsync(ParseResult parsed, Func<IServiceProvider, Task<Answer<CommandOutput>>> run)
    {
        var printer = new CommandPrinter(terminal, parsed.GetValue(json));
        try
        {
            await using var app = build([.. settings, .. Quiet]);
            var answer = await run(app.Services);
            return answer.Refusal is { } refusal ? printer.PrintRefusal(refusal) : printer.Print(answer.Value);
        }
        catch (WrongUsageException exception)
        {
            return printer.PrintWrongUsage(exception.Message);
        }
        catch (Exception exception) when (Hosting.WhyNotStarted(exception) is { } sentence)
        {
            return printer.PrintFailure(sentence);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            return printer.PrintFailure($"The command failed because of an error in the program: {exception}");
        }
    }

    private static async Task<Tenant> OpenAsync(DatabaseStartup startup, string? name, CancellationToken cancellationToken)
    {
        var databases = await startup.FindAsync(mayJoin: true, cancellationToken);
        var names = string.Join(", ", databases.Keys.Order(StringComparer.Ordinal));
        var chosen = name ?? (databases.Count == 1 ? databases.Keys.Single() : throw new WrongUsageException($"There are several databases; choose one with --database: {names}"));
        return databases.TryGetValue(chosen, out var connectionString)
            ? await startup.OpenAsync(chosen, connectionString, cancellationToken)
            : throw new StartupException($"Unknown database {chosen}; the databases are: {names}");
    }

    /// <summary>Anyone who can start the program with these settings has every permission; the audit records the command.</summary>
    private static Caller CallerOf(ParseResult parsed)
    {
        var command = string.Join(' ', parsed.CommandResult.Parent is System.CommandLine.Parsing.CommandResult { Command: not RootCommand } parent
            ? [parent.Command.Name, parsed.CommandResult.Command.Name]
            : (string[])[parsed.CommandResult.Command.Name]);
        return new Caller(
            0, "(console)", "Console", Caller.OwnerLevel, 0, AccountKinds.Operator, [], null,
            new CallOrigin("", "", command, ActivityTraceId.CreateRandom().ToHexString()));
    }
}

/// <summary>Ctrl+C during a command that has something to say of it.</summary>
internal sealed class InterruptedException(string message) : OperationCanceledException(message);

/// <summary>Wrong usage of a command: one sentence, exit 2.</summary>
internal sealed class WrongUsageException(string message) : Exception(message);
