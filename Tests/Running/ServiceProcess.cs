using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace CrmImport.Tests.Running;

/// <summary>The service as a process of its own, as a person or an orchestrator runs it; nothing of it outlives the test.</summary>
internal sealed class ServiceProcess : IAsyncDisposable
{
    private const string ListeningOn = "CrmImport is listening on ";

    /// <summary>Long enough for any machine; only what hangs reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly ConcurrentQueue<string> output = new();
    private readonly ConcurrentQueue<string> errors = new();
    private readonly TaskCompletionSource<Uri> listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServiceProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => process.Id;

    public string Output => string.Join('\n', output);

    public string Errors => string.Join('\n', errors).Trim();

    /// <summary>The repository's root, which is the service's content root.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A directory for an embedded database, not made yet: made by the test, it would be closed to the account the server runs as.</summary>
    public static string NewDirectory() => Path.Combine(Path.GetTempPath(), $"crmimport-run-{Guid.NewGuid():N}");

    /// <summary>Starts the program with settings as environment variables; ASP.NET Core's own defaults to a free port on loopback.</summary>
    public static ServiceProcess Start(IReadOnlyDictionary<string, string> settings, params string[] arguments) => Start(settings, redirectInput: false, arguments);

    private static ServiceProcess Start(IReadOnlyDictionary<string, string> settings, bool redirectInput, string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "CrmImport.dll"), .. arguments])
        {
            WorkingDirectory = Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = redirectInput,
        };
        start.Environment["ASPNETCORE_URLS"] = "http://127.0.0.1:0";
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        return new ServiceProcess(new Process { StartInfo = start });
    }

    /// <summary>Runs a command to its end, with that on its standard input.</summary>
    public static async Task<CommandRun> RunAsync(IReadOnlyDictionary<string, string> settings, string input, params string[] arguments)
    {
        await using var command = Start(settings, redirectInput: true, arguments);
        await command.process.StandardInput.WriteAsync(input);
        command.process.StandardInput.Close();
        var exitCode = await command.ExitCodeAsync();
        return new CommandRun(exitCode, command.Output.Trim(), command.Errors);
    }

    /// <summary>Starts the service in development on an embedded database, and waits until it listens.</summary>
    public static async Task<(ServiceProcess Service, Uri Url)> StartDevelopmentAsync(string directory)
    {
        var service = Start(new Dictionary<string, string> { ["ASPNETCORE_ENVIRONMENT"] = "Development", ["Embedded__Directory"] = directory });
        return (service, await service.ListeningAsync());
    }

    /// <summary>The address the service says it listens on; fails with its words if it ends before.</summary>
    public async Task<Uri> ListeningAsync()
    {
        var ended = process.WaitForExitAsync();
        var first = await Task.WhenAny(listening.Task, ended).WaitAsync(Patience);
        return first == listening.Task ? await listening.Task : throw new InvalidOperationException($"The service ended: {Output}\n{Errors}");
    }

    public async Task<int> ExitCodeAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return process.ExitCode;
    }

    /// <summary>Sends a signal, by the name the shell has for it.</summary>
    public static void Signal(string name, int processId)
    {
        using var kill = Process.Start("kill", [$"-{name}", processId.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>The process of the embedded server, from the file PostgreSQL keeps.</summary>
    public static int Postmaster(string directory) =>
        int.Parse(File.ReadLines(Path.Combine(directory, "cluster", "postmaster.pid")).First(), CultureInfo.InvariantCulture);

    /// <summary>Kills the embedded server and waits until another has taken its place: until then the killed one's sessions may still answer.</summary>
    public static async Task KillPostmasterAsync(string directory)
    {
        var killed = Postmaster(directory);
        Signal("KILL", killed);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var deadline = Stopwatch.StartNew(); deadline.Elapsed < Patience && (FirstLine(directory) ?? $"{killed}") == $"{killed}";)
        {
            await timer.WaitForNextTickAsync();
        }
    }

    // The file comes and goes while the server starts.
    private static string? FirstLine(string directory)
    {
        try
        {
            return File.ReadLines(Path.Combine(directory, "cluster", "postmaster.pid")).FirstOrDefault();
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Asks again until the answer is the one awaited: for what another process brings about in its own time.</summary>
    public static async Task<ApiAnswer> UntilAsync(Func<Task<ApiAnswer>> ask, HttpStatusCode awaited)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        for (var deadline = Stopwatch.StartNew(); ;)
        {
            var answer = await ask();
            if (answer.Status == awaited || deadline.Elapsed > Patience)
            {
                return answer.ShouldBe(awaited);
            }

            await timer.WaitForNextTickAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            Signal("TERM", process.Id);
            await process.WaitForExitAsync().WaitAsync(Patience);
        }

        process.Dispose();
    }

    private void Take(string? line)
    {
        output.Enqueue(line ?? "");
        if (line?.Split(ListeningOn) is [_, var rest, ..])
        {
            listening.TrySetResult(new Uri(rest.Split(';')[0]));
        }
    }

    private static string FindRoot()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "CrmImport.slnx")))
        {
            directory = directory.Parent ?? throw new InvalidOperationException("The tests run outside the repository");
        }

        return directory.FullName;
    }
}

/// <summary>How a command ended and what it said.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Errors)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public CommandRun ShouldExit(int code)
    {
        Assert.That(ExitCode, Is.EqualTo(code), $"{Output}\n{Errors}");
        return this;
    }
}
