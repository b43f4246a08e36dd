using System.ComponentModel;
using System.Diagnostics;

namespace CrmImport.Infrastructure.Database.Embedded;

/// <summary>What a finished program left behind; exit code 127 = it could not be started, 124 = it ran out of time.</summary>
internal sealed record CommandResult(int ExitCode, string Output, string Error)
{
    public bool Succeeded => ExitCode == 0;

    public bool TimedOut => ExitCode == 124;
}

internal static class Command
{
    private static readonly string[] Inherited = ["PATH", "LD_LIBRARY_PATH", "TZ"];
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Runs a program of PostgreSQL as the server's user, with an environment that holds nothing of the service's (its secrets, PGDATA, locale).</summary>
    public static Task<CommandResult> RunAsync(ServerUser user, string workingDirectory, string file, IEnumerable<string> arguments, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(file, arguments) { WorkingDirectory = workingDirectory };
        var inherited = Inherited.Select(name => (name, Value: Environment.GetEnvironmentVariable(name))).ToList();
        start.Environment.Clear();
        foreach (var (name, value) in inherited.Where(variable => variable.Value is not null))
        {
            start.Environment[name] = value;
        }

        start.Environment["LC_ALL"] = "C";
        start.Environment["HOME"] = "/";
        if (user.Name is not null)
        {
            start.UserName = user.Name;
        }

        return RunAsync(start, timeout, cancellationToken);
    }

    public static async Task<CommandResult> RunAsync(ProcessStartInfo start, TimeSpan timeout, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            return new CommandResult(127, "", new Win32Exception(exception.NativeErrorCode).Message); // without .NET's sentence around it
        }

        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            await InterruptAsync(process);
            cancellationToken.ThrowIfCancellationRequested();
            return new CommandResult(124, await TextAsync(output), await TextAsync(error));
        }

        return new CommandResult(process.ExitCode, await TextAsync(output), await TextAsync(error));
    }

    /// <summary>On an interrupt pg_ctl takes the server it was starting down with it, and initdb its files; killed, they would leave them behind.</summary>
    private static async Task InterruptAsync(Process process)
    {
        _ = Posix.Signal(process.Id, Posix.SignalInterrupt);
        using var grace = new CancellationTokenSource(Grace);
        try
        {
            await process.WaitForExitAsync(grace.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>A grandchild that kept the pipe open must not hang the service: the program itself has ended.</summary>
    private static async Task<string> TextAsync(Task<string> text)
    {
        try
        {
            return await text.WaitAsync(TimeSpan.FromSeconds(1));
        }
        catch (TimeoutException)
        {
            return "";
        }
    }
}
